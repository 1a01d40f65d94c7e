/** How a number of a verdict is computed, with its plan's values. Plain data. */
import type { EstimateBasis, FactBasis } from "./provenance.ts";

export type ExplainedMetric = "memory" | "perUser" | "total" | "ttft" | "cost" | "limit";

/** Of fine-tuning's verdict. */
export type FinetuneMetric = "memory" | "hours" | "rate" | "usd" | "adapters" | "limit";

/** Of a distillation's verdict. */
export type DistillMetric = "room" | "usd" | "time" | "learns" | "edge" | "dearest";

/** One term of a formula. */
export interface ExplainedTerm {
  readonly name: string;
  /** With its unit. */
  readonly value: string;
  /** Where the value comes from, in words. */
  readonly from: string;
  /** `plan`: the plan says so. */
  readonly basis: EstimateBasis | FactBasis | "plan";
  /** The plan's field that changes it. */
  readonly path?: string;
}

export interface Explained<Metric extends string = ExplainedMetric> {
  readonly metric: Metric;
  readonly title: string;
  readonly formula: string;
  /** The formula with this plan's values and its result. */
  readonly worked: string;
  readonly terms: readonly ExplainedTerm[];
  /** Where the 80 % interval comes from. */
  readonly interval: string;
}

export interface ExplainedSource {
  readonly title: string;
  readonly url?: string;
  readonly retrieved: string;
  /** What was taken from it. */
  readonly gives: string;
}

export interface PlanExplanation<Metric extends string = ExplainedMetric> {
  readonly metrics: readonly Explained<Metric>[];
  readonly sources: readonly ExplainedSource[];
}
