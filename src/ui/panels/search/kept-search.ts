/** One search for the page's life: coming back to the view shows what was found, without searching again. */
import { SearchClient } from "../../../bridge/search-client.ts";
import type { PlanState } from "../../state/plan-state.svelte.ts";
import { SearchState } from "./search-state.svelte.ts";

/** Whoever loads this is near a search: the workers start before there is a plan to search for. */
const client = new SearchClient();
client.wake();

let kept: SearchState | undefined;

/** The first caller's page keeps what is asked in its address. */
export const keptSearch = (plan: PlanState): SearchState =>
  (kept ??= new SearchState((find) => plan.setFind(find), client));
