import { createContext } from "svelte";
import type { Plan } from "../core/domain/plan.ts";
import type { PlannerClient } from "../bridge/planner-client.ts";
import type { AdviceState } from "./state/advice-state.svelte.ts";
import type { Highlight } from "./state/highlight.svelte.ts";
import type { Imprint } from "./state/imprint.svelte.ts";
import type { PlanState } from "./state/plan-state.svelte.ts";
import type { RunState } from "./state/run-state.svelte.ts";

/** State is given, not imported: a component sees only what its place in the tree has. */
export interface Page {
  readonly plan: PlanState;
  readonly run: RunState;
  readonly advice: AdviceState;
  readonly client: PlannerClient;
  readonly highlight: Highlight;
  readonly imprint: Imprint;
}

/** Takes another plan by a control that its change removes: the focus goes to the sentence, not nowhere. */
export function takePlan(page: Page, plan: Plan): void {
  page.plan.apply(plan, null);
  document.getElementById("sentence")?.focus();
}

export const [usePage, providePage] = createContext<Page>();
