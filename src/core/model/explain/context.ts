import type { Estimate, PerformanceEstimate } from "../../domain/estimate.ts";
import type { Plan } from "../../domain/plan.ts";
import type { Prediction } from "../serving/performance.ts";
import type { StepModelFacts } from "../serving/step-models.ts";

/** What every explanation of a plan may refer to. */
export interface Context {
  readonly plan: Plan;
  readonly facts: StepModelFacts;
  readonly estimate: Estimate;
  readonly performance: PerformanceEstimate;
  readonly prediction: Prediction;
}

/** Operators that are named one by one. */
export const LARGEST = 3;
