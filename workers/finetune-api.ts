/** What the page may ask about fine-tuning. Types only. */
import type { FinetuneAround } from "../src/core/domain/finetune-around.ts";
import type { FinetuneEstimate } from "../src/core/domain/finetune-estimate.ts";
import type { FinetunePlan } from "../src/core/domain/finetune-plan.ts";

export interface FinetuneApi {
  evaluate(plan: FinetunePlan): Promise<FinetuneEstimate>;
  around(plan: FinetunePlan): Promise<FinetuneAround>;
}
