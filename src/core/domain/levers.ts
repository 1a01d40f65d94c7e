/** What one change would do to a plan, and how plans trade throughput for speed. Plain data. */
import type { Plan } from "./plan.ts";
import type { EstimateBasis } from "./provenance.ts";

export type LeverKind =
  "layout" | "speculative" | "users" | "weights" | "kv-cache" | "accelerator" | "engine" | "replicas";

/** One change to a plan. Ratios are new over old. */
export interface Lever {
  readonly kind: LeverKind;
  /** "EP 8 + DP attention". */
  readonly title: string;
  readonly plan: Plan;
  /** What gets better and what gets worse, a sentence. */
  readonly reason: string;
  readonly tokensPerSecondPerUser: number;
  /** Share by which the whole cluster's output tokens per second change: 1.4 is +140 %. */
  readonly totalChange: number;
  readonly usdPerMillionOutputTokens: number | null;
  readonly meetsSlo: boolean;
  readonly basis: EstimateBasis;
}

export interface FrontierPoint {
  readonly users: number;
  readonly tokensPerSecondPerUser: number;
  readonly tokensPerSecondPerAccelerator: number;
  readonly ttftMs: number;
  /** The cache holds all users at once. */
  readonly fits: boolean;
  readonly basis: EstimateBasis;
}

/** One plan over loads, lightest first. */
export interface FrontierSeries {
  readonly title: string;
  readonly plan: Plan;
  readonly points: readonly FrontierPoint[];
}
