/** What the page may ask of the worker that looks around a plan. */
import type { CapacityMap } from "../src/core/domain/capacity.ts";
import type { FrontierSeries, Lever } from "../src/core/domain/levers.ts";
import type { Plan } from "../src/core/domain/plan.ts";
import type { Ranged } from "../src/core/domain/provenance.ts";
import type { Roofline } from "../src/core/domain/roofline.ts";
import type { Sensitivity } from "../src/core/domain/sensitivity.ts";
import type { WeightNode } from "../src/core/domain/weight-tree.ts";

/** The plan's own point at one load, with the interval that the verdict would show there. */
export interface FrontierBand {
  readonly users: number;
  readonly perUser: Ranged;
  readonly perAccelerator: Ranged;
}

/** What somebody measured at one load of the same plan. */
export interface MeasuredPoint {
  readonly users: number;
  readonly date: string;
  readonly tokensPerSecondPerUser: number;
  readonly tokensPerSecondPerAccelerator: number;
}

export interface Frontier {
  /** This plan first, then its alternatives. */
  readonly series: readonly FrontierSeries[];
  /** Of this plan; loads whose speed can be told. */
  readonly band: readonly FrontierBand[];
  readonly measured: readonly MeasuredPoint[];
}

export interface AdviceApi {
  frontier(plan: Plan): Promise<Frontier>;
  levers(plan: Plan, limit: number): Promise<readonly Lever[]>;
  /** `null` where the model is unknown. */
  capacity(plan: Plan): Promise<CapacityMap | null>;
  /** `null` where the plan's speed cannot be told. */
  roofline(plan: Plan): Promise<Roofline | null>;
  sensitivity(plan: Plan): Promise<Sensitivity | null>;
  /** `null` where the types of single tensors are not known. */
  weightTree(plan: Plan): Promise<WeightNode | null>;
}
