/** What moves a plan's answer most, one input at a time. Plain data. */
import type { Plan } from "./plan.ts";
import type { Ranged } from "./provenance.ts";

export type SensitivityMetric = "perUser" | "total" | "ttft" | "cost";

/** Tokens per second, milliseconds, $ per million output tokens; `null` where one cannot be told. */
export type SensitivityFigures = Readonly<Record<SensitivityMetric, number | null>>;

/** The plan with one input changed. */
export interface SensitivityCase {
  readonly label: string;
  readonly plan: Plan;
  readonly figures: SensitivityFigures;
}

export interface SensitivityInput {
  readonly id: string;
  readonly name: string;
  /** What the plan says, in the words of the cases. */
  readonly current: string;
  /** Changes that fit. */
  readonly cases: readonly SensitivityCase[];
  /** Changes that were tried and do not fit, or whose speed cannot be told. */
  readonly refused: readonly string[];
}

export interface Sensitivity {
  readonly base: Readonly<Record<SensitivityMetric, Ranged | null>>;
  readonly inputs: readonly SensitivityInput[];
}
