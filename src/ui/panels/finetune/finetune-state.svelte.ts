import type { FinetuneClient } from "../../../bridge/finetune-client.ts";
import type { FinetuneAround } from "../../../core/domain/finetune-around.ts";
import type { FinetuneEstimate } from "../../../core/domain/finetune-estimate.ts";
import type { FinetunePlan } from "../../../core/domain/finetune-plan.ts";

/** What lies around a plan is worked out once the reader rests. */
const REST_MS = 150;

/** What the worker says of the fine-tuning plan on show. Old answers stay until new ones come. */
export class FinetuneState {
  readonly client: FinetuneClient;
  #rest: ReturnType<typeof setTimeout> | undefined;
  estimate = $state.raw<FinetuneEstimate | null>(null);
  /** The plan that `estimate` is of. */
  plan = $state.raw<FinetunePlan | null>(null);
  around = $state.raw<FinetuneAround | null>(null);
  aroundPlan = $state.raw<FinetunePlan | null>(null);
  failure = $state<string | null>(null);

  constructor(client: FinetuneClient) {
    this.client = client;
  }

  async evaluate(plan: FinetunePlan): Promise<void> {
    clearTimeout(this.#rest);
    const answer = await this.client.evaluate(plan);
    if (answer === undefined) return;
    if (!answer.ok) {
      this.failure = `This plan could not be computed: ${answer.error.message}.`;
      return;
    }
    this.failure = null;
    this.estimate = answer.value;
    this.plan = plan;
    this.#rest = setTimeout(() => void this.#lookAround(plan), REST_MS);
  }

  async #lookAround(plan: FinetunePlan): Promise<void> {
    const answer = await this.client.around(plan);
    if (answer === undefined) return;
    if (!answer.ok) {
      this.failure = "What lies around this plan could not be computed.";
      return;
    }
    this.around = answer.value;
    this.aroundPlan = plan;
  }
}
