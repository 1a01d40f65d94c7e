import type { FinetuneMetric, PlanExplanation } from "../core/domain/explanation.ts";
import type { FinetuneAround } from "../core/domain/finetune-around.ts";
import type { FinetuneEstimate } from "../core/domain/finetune-estimate.ts";
import type { FinetunePlan } from "../core/domain/finetune-plan.ts";
import { allOk, type Result } from "../core/domain/result.ts";
import type { FinetuneApi, FinetuneConsequence } from "../../workers/finetune-api.ts";
import { NewestWins } from "./newest-wins.ts";
import { WorkerHost, type BridgeFailure } from "./worker-host.ts";

/** The page's side of the fine-tuning worker, which starts with its view. `undefined`: a newer request came. */
export class FinetuneClient {
  readonly #host = new WorkerHost<FinetuneApi>({
    start: () => new Worker(new URL("../../workers/finetune.worker.ts", import.meta.url), { type: "module" }),
    fallback: async () => (await import("../../workers/finetune-service.ts")).finetuner,
    timeoutMs: 20_000,
  });
  readonly #estimates = new NewestWins((plan: FinetunePlan) => this.#host.call((api) => api.evaluate(plan)));
  readonly #comparisons = new NewestWins((plans: readonly FinetunePlan[]) =>
    this.#host.call((api) => api.compare(plans)),
  );
  readonly #explanations = new NewestWins((plan: FinetunePlan) =>
    this.#host.call((api) => api.explain(plan)),
  );
  readonly #around = new NewestWins((plan: FinetunePlan) => this.#host.call((api) => api.around(plan)));

  evaluate(plan: FinetunePlan): Promise<Result<FinetuneEstimate, BridgeFailure> | undefined> {
    return this.#estimates.ask(plan);
  }

  /** As many answers as plans, in their order. */
  async estimates(
    plans: readonly FinetunePlan[],
  ): Promise<Result<readonly FinetuneEstimate[], BridgeFailure>> {
    return allOk(await Promise.all(plans.map((plan) => this.#host.call((api) => api.evaluate(plan)))));
  }

  compare(
    plans: readonly FinetunePlan[],
  ): Promise<Result<readonly FinetuneConsequence[], BridgeFailure> | undefined> {
    return this.#comparisons.ask(plans);
  }

  explain(plan: FinetunePlan): Promise<Result<PlanExplanation<FinetuneMetric>, BridgeFailure> | undefined> {
    return this.#explanations.ask(plan);
  }

  around(plan: FinetunePlan): Promise<Result<FinetuneAround, BridgeFailure> | undefined> {
    return this.#around.ask(plan);
  }
}

let shared: FinetuneClient | undefined;

/** One for the page: its worker starts with the first view that asks. */
export const finetuneClient = (): FinetuneClient => (shared ??= new FinetuneClient());
