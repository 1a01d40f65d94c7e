import type { KitClient } from "../../bridge/kit-client.ts";
import type { AnyPlan } from "../../core/domain/any-plan.ts";
import { formatProblem } from "../../core/domain/problem.ts";
import type { KitAnswer } from "../../../workers/api.ts";

/** The kit of the plan on show. The old one stays until a new one comes. */
export class KitState {
  readonly #client: KitClient;
  answer = $state.raw<KitAnswer | null>(null);
  /** Why there is no kit of this plan; one line. */
  problem = $state<string | null>(null);
  pending = $state(false);

  constructor(client: KitClient) {
    this.#client = client;
  }

  async compile(plan: AnyPlan): Promise<void> {
    this.pending = true;
    const answer = await this.#client.compile(plan);
    if (answer === undefined) return;
    this.pending = false;
    if (!answer.ok) {
      this.answer = null;
      this.problem = `The kit could not be made: ${answer.error.message}.`;
    } else if (!answer.value.ok) {
      this.answer = null;
      this.problem = formatProblem(answer.value.error);
    } else {
      this.problem = null;
      this.answer = answer.value.value;
    }
  }
}
