/** One search for the page's life: coming back to the view shows what was found, without searching again. */
import type { PlanState } from "../../state/plan-state.svelte.ts";
import { SearchState } from "./search-state.svelte.ts";

let kept: SearchState | undefined;

/** The first caller's page keeps what is asked in its address. */
export const keptSearch = (plan: PlanState): SearchState =>
  (kept ??= new SearchState((find) => plan.setFind(find)));
