import type { PlannerClient } from "../../../bridge/planner-client.ts";
import type { Estimate } from "../../../core/domain/estimate.ts";
import type { Plan } from "../../../core/domain/plan.ts";

/** What a plan's link stands for, computed. `failure`: why it could not be. */
export interface Compared {
  readonly estimate: Estimate | null;
  readonly failure: string | null;
}

/** Estimates by link. What was computed stays: plans that come and go are not computed twice. */
export class CompareState {
  readonly #client: PlannerClient;
  answers = $state.raw<ReadonlyMap<string, Compared>>(new Map());
  problem = $state<string | null>(null);

  constructor(client: PlannerClient) {
    this.#client = client;
  }

  async need(plans: ReadonlyMap<string, Plan>): Promise<void> {
    const missing = [...plans].filter(([link]) => !this.answers.has(link));
    if (missing.length === 0) return;
    const answer = await this.#client.estimates(missing.map(([, plan]) => plan));
    if (answer === undefined) return;
    this.problem = answer.ok ? null : `These plans could not be computed: ${answer.error.message}.`;
    if (!answer.ok) return;
    const next = new Map(this.answers);
    missing.forEach(([link], i) => {
      const one = answer.value[i];
      if (one) {
        next.set(link, {
          estimate: one.ok ? one.value : null,
          failure: one.ok ? null : one.error,
        });
      }
    });
    this.answers = next;
  }
}
