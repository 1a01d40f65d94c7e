/** What a claim is recomputed with and what comes of it. */
import type { Catalog } from "../domain/catalog.ts";
import type { Estimate } from "../domain/estimate.ts";
import { EXAMPLE_PLAN } from "../domain/parse-plan.ts";
import type { Plan, WeightsId } from "../domain/plan.ts";
import type { PublishedQuality, SizingClaim } from "../domain/published.ts";
import type { MlaArchitecture } from "../domain/architecture.ts";
import { evaluate, type ModelFacts } from "../model/evaluate.ts";

/** `untold`: no figure decides it, or one that would is not known. */
export type ClaimVerdict = "holds" | "holds-if" | "does-not-hold" | "untold";

export interface ClaimAnswer {
  readonly id: string;
  readonly subject: string;
  /** As it circulates. */
  readonly text: string;
  readonly verdict: ClaimVerdict;
  /** With `holds-if`: on what it turns. */
  readonly condition?: string;
  /** The recomputed numbers, as sentences. */
  readonly finding: string;
  /** The plan that was tried, where one was. */
  readonly plan?: Plan;
}

export interface ClaimFacts {
  readonly catalog: Catalog;
  readonly quality: PublishedQuality;
  /** The model that the claims are of. */
  readonly architecture: MlaArchitecture;
  readonly loadFacts: (accelerator: string | null) => ModelFacts;
}

/** A claim's answer without what the claim itself says. */
export type Judgement = Pick<ClaimAnswer, "verdict" | "condition" | "finding" | "plan">;
export type Judge = (claim: SizingClaim, facts: ClaimFacts) => Judgement;

/** "about": how far a rounded figure of a claim may lie from the recomputed one. */
export const ABOUT = 0.02;

export const near = (stated: number, value: number, share = ABOUT): boolean =>
  Math.abs(value / stated - 1) <= share;

export function untold(finding: string): Judgement {
  return { verdict: "untold", finding };
}

/** What a claim names; a claim without a figure cannot be judged by one. */
export function statedOf(claim: SizingClaim): { readonly low: number; readonly high: number } | null {
  if (claim.stated === undefined) return null;
  const { low, high = low } = claim.stated;
  return { low, high };
}

export interface Machine {
  readonly weights: WeightsId;
  readonly accelerator?: string;
  readonly count: number;
  readonly host?: string;
  readonly hostMemoryGiB?: number;
  readonly users?: number;
}

/** The plan that a claim about llama.cpp on one machine means: layers over the GPUs, 1,024 tokens in and out. */
export function localPlan({ weights, accelerator, count, host, hostMemoryGiB, users = 1 }: Machine): Plan {
  return {
    ...EXAMPLE_PLAN,
    weights,
    engine: "llama.cpp",
    cluster: {
      ...(accelerator === undefined ? {} : { accelerator }),
      acceleratorsPerNode: count,
      nodes: 1,
      ...(host === undefined ? {} : { host }),
      ...(hostMemoryGiB === undefined ? {} : { hostMemoryGiB }),
    },
    layout: {
      ...EXAMPLE_PLAN.layout,
      tp: 1,
      pp: Math.max(1, count),
      experts: count === 0 ? "cpu" : "gpu",
    },
    workload: { ...EXAMPLE_PLAN.workload, concurrency: users },
    slo: {},
  };
}

export function tryPlan(plan: Plan, { loadFacts }: ClaimFacts): Estimate {
  return evaluate(plan, loadFacts(plan.cluster.accelerator ?? null));
}
