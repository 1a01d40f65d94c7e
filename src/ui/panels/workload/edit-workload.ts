/** Edits of a plan's distribution as its form makes them; the parser judges the result. */
import { lognormalMean, p90OverMedianOf, relativeVariance } from "../../../core/domain/length-spread.ts";
import type { LengthSpread, LengthsPlan, Plan, WorkloadPlan } from "../../../core/domain/plan.ts";
import { spreadQuantile } from "../../../figures/length-curve.ts";

export type Side = "input" | "output";
export type SpreadKind = "alike" | "lognormal" | "sketch";
export type ArrivalKind = "users" | "poisson" | "gamma";

const TOKENS = { input: "inputTokens", output: "outputTokens" } as const;
/** A new lognormal starts from this p90 over its median: chat logs have two to five. */
const USUAL_RATIO = 3;
const LEAST_RATIO = 1.01;
const MOST_RATIO = 20;

export const spreadKind = (plan: Plan, side: Side): SpreadKind =>
  plan.workload.lengths?.[side]?.kind ?? "alike";

/** Mean, median and p90 of one side. */
export function figuresOf({ workload }: Plan, side: Side): { mean: number; median: number; p90: number } {
  const spread = workload.lengths?.[side];
  const mean = workload[TOKENS[side]];
  return { mean, median: spreadQuantile(spread, mean, 0.5), p90: spreadQuantile(spread, mean, 0.9) };
}

/** Another form of the same side; from a sketch the lognormal keeps its variance. */
export function withKind(plan: Plan, side: Side, kind: "alike" | "lognormal"): Plan {
  const old = plan.workload.lengths?.[side];
  if (kind === "alike") return withSpread(plan, side, undefined);
  if (old?.kind === "lognormal") return plan;
  const ratio =
    old === undefined ? USUAL_RATIO : p90OverMedianOf(Math.sqrt(Math.max(1e-4, relativeVariance(old))));
  return withSpread(plan, side, { kind: "lognormal", p90OverMedian: tidyRatio(ratio) });
}

/** A lognormal by its median and p90; the mean follows. Undefined: the p90 is not above the median. */
export function withQuantiles(plan: Plan, side: Side, median: number, p90: number): Plan | undefined {
  if (!(median > 0) || !(p90 > median) || p90 / median > MOST_RATIO) return undefined;
  const p90OverMedian = tidyRatio(p90 / median);
  const mean = Math.max(1, Math.round(lognormalMean(median, p90OverMedian)));
  const moved = withSpread(plan, side, { kind: "lognormal", p90OverMedian });
  return { ...moved, workload: { ...moved.workload, [TOKENS[side]]: mean } };
}

export function withMean(plan: Plan, side: Side, mean: number): Plan {
  return { ...plan, workload: { ...plan.workload, [TOKENS[side]]: Math.max(1, Math.round(mean)) } };
}

export function withCorrelation(plan: Plan, rankCorrelation: number): Plan {
  const { rankCorrelation: _, ...sides } = plan.workload.lengths ?? {};
  const lengths = rankCorrelation === 0 ? sides : { ...sides, rankCorrelation };
  return { ...plan, workload: { ...plan.workload, lengths } };
}

export const arrivalKind = ({ workload }: Plan): ArrivalKind =>
  workload.requestsPerSecond === undefined ? "users" : workload.arrivals === undefined ? "poisson" : "gamma";

/** `requestsPerSecond`: what the plan serves now, so that an open load starts as large as the closed one was. */
export function withArrivals(plan: Plan, kind: ArrivalKind, requestsPerSecond: number): Plan {
  const { concurrency, requestsPerSecond: rate, arrivals, ...rest } = plan.workload;
  const offered = Number((rate ?? requestsPerSecond).toPrecision(3));
  const load: Partial<WorkloadPlan> =
    kind === "users"
      ? { concurrency: concurrency ?? 64 }
      : kind === "poisson"
        ? { requestsPerSecond: offered }
        : { requestsPerSecond: offered, arrivals: arrivals ?? { gapVariation: 2 } };
  return { ...plan, workload: { ...rest, ...load } };
}

function withSpread(plan: Plan, side: Side, spread: LengthSpread | undefined): Plan {
  const { [side]: _, ...others } = plan.workload.lengths ?? {};
  const kept: LengthsPlan = spread === undefined ? others : { ...others, [side]: spread };
  const both = kept.input !== undefined && kept.output !== undefined;
  const { rankCorrelation, ...sides } = kept;
  const lengths = both && rankCorrelation !== undefined ? { ...sides, rankCorrelation } : sides;
  const { lengths: _old, ...workload } = plan.workload;
  return {
    ...plan,
    workload: Object.keys(lengths).length === 0 ? workload : { ...workload, lengths },
  };
}

/** Three figures are what a link should carry. */
const tidyRatio = (ratio: number): number =>
  Number(Math.min(MOST_RATIO, Math.max(LEAST_RATIO, ratio)).toPrecision(3));
