/** A plan's workload as a file tells it: means, distributions, arrivals, prefix hits. */
import { relativeVariance } from "../../domain/length-spread.ts";
import type { LengthSpread, LengthsPlan, Plan, WorkloadPlan } from "../../domain/plan.ts";
import { encodeSketch } from "../../domain/quantile-sketch.ts";
import type { ArrivalSummary, LengthSummary, WorkloadFileSummary } from "../../domain/workload-file.ts";

/** Requests that differ less are taken as alike: a sketch would be noise in the link. */
const LEAST_VARIANCE = 1e-4;
/** Gaps closer to Poisson's than this are Poisson's. */
const LEAST_BURST = 0.05;
const DAY_HOURS = 24;
const HOUR_MS = 3_600_000;

/**
 * The plan with the file's workload; what the file does not tell stays.
 *
 * The sketches' shape goes with the exact means, so that the plan's averages are the file's.
 *
 * `load: "keep"` leaves users, rate and burstiness as the plan has them.
 */
export function planOnFile(plan: Plan, summary: WorkloadFileSummary, load: "take" | "keep" = "take"): Plan {
  const { suggestion, arrivals: came } = summary;
  const { lengths: _lengths, contextDepth: _depth, arrivals: planned, ...old } = plan.workload;
  const rate = load === "take" ? suggestion.requestsPerSecond : undefined;
  const users = load === "take" ? suggestion.concurrency : undefined;
  const { concurrency, requestsPerSecond, ...rest } = old;
  const kept = requestsPerSecond === undefined ? { concurrency: concurrency ?? 1 } : { requestsPerSecond };
  const offered =
    rate !== undefined
      ? { requestsPerSecond: Number(rate.toPrecision(4)) }
      : users !== undefined
        ? { concurrency: Math.max(1, Math.round(users)) }
        : kept;
  const arrivals = rate === undefined ? (users === undefined ? planned : undefined) : burstOf(came);
  const lengths = lengthsOf(summary);
  const workload: WorkloadPlan = {
    ...rest,
    inputTokens: suggestion.inputTokens ?? old.inputTokens,
    outputTokens: suggestion.outputTokens ?? old.outputTokens,
    prefixHitRate: suggestion.prefixHitRate ?? old.prefixHitRate,
    ...offered,
    ...(lengths === undefined ? {} : { lengths }),
    ...(arrivals === undefined ? {} : { arrivals }),
  };
  return { ...plan, workload };
}

/** Requests a second by hour of the day, where the file tells a whole day's hours. */
export function dayOf({ arrivals }: WorkloadFileSummary): readonly number[] | undefined {
  if (arrivals === null || !arrivals.calendar) return undefined;
  return arrivals.endMs - arrivals.startMs >= (DAY_HOURS - 1) * HOUR_MS ? arrivals.byHour : undefined;
}

function lengthsOf({ input, output, joint, suggestion }: WorkloadFileSummary): LengthsPlan | undefined {
  const given = {
    ...spreadOf("input", suggestion.inputTokens === undefined ? null : input),
    ...spreadOf("output", suggestion.outputTokens === undefined ? null : output),
  };
  if (given.input === undefined && given.output === undefined) return undefined;
  const both = given.input !== undefined && given.output !== undefined;
  const rank = both && joint !== null ? Number(joint.rankCorrelation.toFixed(2)) : 0;
  return { ...given, ...(rank === 0 ? {} : { rankCorrelation: rank }) };
}

function spreadOf<Side extends string>(
  side: Side,
  lengths: LengthSummary | null,
): Partial<Record<Side, LengthSpread>> {
  if (lengths === null || !(lengths.mean > 0)) return {};
  const spread: LengthSpread = { kind: "sketch", sketch: encodeSketch(lengths.sketch) };
  return relativeVariance(spread) < LEAST_VARIANCE ? {} : ({ [side]: spread } as Record<Side, LengthSpread>);
}

function burstOf(came: ArrivalSummary | null): WorkloadPlan["arrivals"] {
  const variation = came?.gapVariation ?? null;
  if (variation === null || Math.abs(variation - 1) < LEAST_BURST) return undefined;
  return { gapVariation: Math.min(20, Math.max(0.01, Number(variation.toPrecision(3)))) };
}
