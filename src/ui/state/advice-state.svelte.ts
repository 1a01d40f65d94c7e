import type { AdviceClient } from "../../bridge/advice-client.ts";
import type { Lever } from "../../core/domain/levers.ts";
import type { Plan } from "../../core/domain/plan.ts";
import type { Frontier } from "../../../workers/api.ts";

/** While a reader types or tries rows only the verdict follows; what lies around a plan is worked out once they rest. */
const REST_MS = 120;

/** What lies around the plan on show. Old answers stay until new ones come. */
export class AdviceState {
  readonly #client: AdviceClient;
  #rest: ReturnType<typeof setTimeout> | undefined;
  frontier = $state.raw<Frontier | null>(null);
  /** The plan that `frontier` is of. */
  frontierPlan = $state.raw<Plan | null>(null);
  levers = $state.raw<readonly Lever[] | null>(null);
  leversPlan = $state.raw<Plan | null>(null);
  failure = $state<string | null>(null);

  constructor(client: AdviceClient) {
    this.#client = client;
  }

  lookAround(plan: Plan): void {
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => void this.#ask(plan), REST_MS);
  }

  async #ask(plan: Plan): Promise<void> {
    const frontier = await this.#client.frontier(plan);
    if (frontier === undefined) return;
    if (frontier.ok) {
      this.frontier = frontier.value;
      this.frontierPlan = plan;
    }
    const levers = await this.#client.levers(plan);
    if (levers === undefined) return;
    if (levers.ok) {
      this.levers = levers.value;
      this.leversPlan = plan;
    }
    this.failure = frontier.ok && levers.ok ? null : "What lies around this plan could not be computed.";
  }
}
