/** What the page may ask about fine-tuning. Types only. */
import type { FinetuneMetric, PlanExplanation } from "../src/core/domain/explanation.ts";
import type { FinetuneAround } from "../src/core/domain/finetune-around.ts";
import type { FinetuneEstimate } from "../src/core/domain/finetune-estimate.ts";
import type { FinetunePlan } from "../src/core/domain/finetune-plan.ts";

/** What a choice in the sentence does to the run. */
export interface FinetuneConsequence {
  readonly fits: boolean;
  /** Why it does not run; null where all is well. */
  readonly reason: string | null;
  /** Of the fullest accelerator; null where memory cannot be told. */
  readonly bytes: number | null;
  readonly hours: number | null;
  readonly usd: number | null;
}

export interface FinetuneApi {
  evaluate(plan: FinetunePlan): Promise<FinetuneEstimate>;
  compare(plans: readonly FinetunePlan[]): Promise<readonly FinetuneConsequence[]>;
  explain(plan: FinetunePlan): Promise<PlanExplanation<FinetuneMetric>>;
  around(plan: FinetunePlan): Promise<FinetuneAround>;
}
