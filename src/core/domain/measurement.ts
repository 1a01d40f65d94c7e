/** One published measurement: what was run, as a plan, and what was measured. */
import type { Problem } from "./problem.ts";

export type MeasurementClass =
  | "serving"
  | "llamacpp-gpu"
  | "cpu"
  | "hybrid"
  | "apple"
  | "slice-llamacpp"
  | "slice-lora"
  | "training"
  | "engine-memory";

export interface MeasurementRecord {
  readonly id: string;
  readonly class: MeasurementClass;
  readonly quality: "A" | "B" | "C";
  readonly date: string;
  readonly source: string;
  readonly licence?: string;
  readonly engineVersion: string;
  /** As written: a plan with unknown fields absent. core/evidence completes it and says what it assumed. */
  readonly plan: Readonly<Record<string, unknown>>;
  readonly runtime: Readonly<Record<string, unknown>>;
  readonly measured: Readonly<Record<string, unknown>>;
  readonly phase: string;
  readonly missing: readonly string[];
  readonly notes: string;
}

/** One metric of one record, predicted beside measured. */
export interface ValidationRow {
  readonly id: string;
  readonly class: string;
  readonly metric: string;
  readonly measured: number;
  readonly predicted: number;
  readonly low: number;
  readonly high: number;
  readonly basis: string;
}

export interface ErrorStatistics {
  readonly count: number;
  readonly medianAbsoluteError: number;
  readonly meanAbsoluteError: number;
  readonly p90AbsoluteError: number;
  readonly bias: number;
  /** Share of rows whose interval holds the measurement. */
  readonly coverage: number;
}

export interface ValidationReport {
  readonly rows: readonly ValidationRow[];
  readonly unpredicted: readonly {
    readonly id: string;
    readonly missing: readonly string[];
    readonly problem?: Problem;
  }[];
  /** By class, then metric. */
  readonly statistics: Readonly<Record<string, Readonly<Record<string, ErrorStatistics>>>>;
}
