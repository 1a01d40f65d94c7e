import type { PlannerClient } from "../../bridge/planner-client.ts";
import type { Estimate } from "../../core/domain/estimate.ts";
import type { Plan } from "../../core/domain/plan.ts";
import type { NearbyChoice } from "../../../workers/api.ts";

/** Numbers turn grey only when the wait can be noticed: most answers come within a frame or two. */
const PENDING_AFTER_MS = 120;

/** What the workers say of the plan on show. Old answers stay until new ones come; `pending` says which they are. */
export class RunState {
  #slow: ReturnType<typeof setTimeout> | undefined;
  readonly #client: PlannerClient;
  estimate = $state.raw<Estimate | null>(null);
  /** The plan that `estimate` is of: figures are drawn from these two together. */
  plan = $state.raw<Plan | null>(null);
  nearby = $state.raw<readonly NearbyChoice[] | null>(null);
  pending = $state(false);
  failure = $state<string | null>(null);

  constructor(client: PlannerClient) {
    this.#client = client;
  }

  async evaluate(plan: Plan): Promise<void> {
    this.#slow ??= setTimeout(() => (this.pending = true), PENDING_AFTER_MS);
    const answer = await this.#client.evaluate(plan);
    if (answer === undefined) return;
    clearTimeout(this.#slow);
    this.#slow = undefined;
    this.pending = false;
    if (!answer.ok) {
      this.failure = `This plan could not be computed: ${answer.error.message}.`;
      return;
    }
    this.failure = null;
    this.estimate = answer.value;
    this.plan = plan;
    if (!answer.value.fits) await this.#findNearby(plan);
    else this.nearby = null;
  }

  async #findNearby(plan: Plan): Promise<void> {
    const answer = await this.#client.nearby(plan);
    if (answer?.ok) this.nearby = answer.value;
  }
}
