/** What a file says of a workload, a sentence a figure. */
import type {
  ArrivalSummary,
  ConcurrencySummary,
  JointLengths,
  LengthSummary,
  PrefixSummary,
} from "../../core/domain/workload-file.ts";
import { sketchQuantile } from "../../core/domain/quantile-sketch.ts";
import { formatCount, formatFixed, formatNumber, formatShare } from "../../core/units/format.ts";

export function lengthsFinding(input: LengthSummary | null, output: LengthSummary | null): string {
  const side = input ?? output;
  if (side === null) return "The file tells no lengths.";
  const what = input === null ? "answers" : "prompts";
  if (side.max === 0 || side.p99 <= side.p50 * 1.05) {
    return `The ${what} are all about ${formatCount(side.p50)} tokens long.`;
  }
  const times = formatNumber(side.p99 / Math.max(side.mean, 1e-9), 2);
  return `Half the ${what} stay under ${formatCount(side.p50)} tokens; one in a hundred passes ${formatCount(side.p99)}, ${times}× the mean.`;
}

export function jointFinding({ rankCorrelation, outputTokens }: JointLengths): string {
  const middle = (slice: (typeof outputTokens)[number] | undefined) =>
    slice === undefined ? 0 : Math.round(sketchQuantile(slice, 0.5));
  const [short, long] = [middle(outputTokens[0]), middle(outputTokens.at(-1))];
  const strength = formatFixed(Math.abs(rankCorrelation), 2);
  if (Math.abs(rankCorrelation) < 0.1) {
    return `Answers hardly follow prompts: ranks correlate by ${formatFixed(rankCorrelation, 2)}.`;
  }
  const more = rankCorrelation > 0 ? "longer" : "shorter";
  return `Longer prompts get ${more} answers: ${formatCount(short)} tokens for the shortest eighth, ${formatCount(long)} for the longest, ranks correlate by ${strength}.`;
}

export function prefixFinding({ byBlock, reportedHitShare }: PrefixSummary): string {
  if (byBlock.length === 0) {
    return `The server found ${formatShare(reportedHitShare ?? 0)} of all prompt tokens in its cache.`;
  }
  const [small, large] = [byBlock[0], byBlock.at(-1)];
  const best = small?.hitShare ?? 0;
  if (best < 0.005) return "No prompt begins like another: a prefix cache finds under 1 % of their tokens.";
  return `A prefix cache would find ${formatShare(best)} of all prompt tokens with blocks of ${small?.blockTokens}, ${formatShare(large?.hitShare ?? 0)} with ${large?.blockTokens}.`;
}

export function arrivalsFinding(arrivals: ArrivalSummary): string {
  const { requestsPerSecond, peakHourRequestsPerSecond, gapVariation } = arrivals;
  const peak = peakHourRequestsPerSecond / requestsPerSecond;
  const burst =
    gapVariation === null
      ? ""
      : gapVariation > 1.15
        ? `, and they come in bursts: gaps vary ${formatNumber(gapVariation, 2)} times as much as random ones`
        : gapVariation < 0.85
          ? `, more evenly than at random (${formatNumber(gapVariation, 2)})`
          : ", as random as Poisson’s";
  if (peak < 1.05) return `${formatNumber(requestsPerSecond)} requests come a second${burst}.`;
  return `The busiest hour brings ${formatNumber(peakHourRequestsPerSecond)} requests a second, ${formatNumber(peak, 2)}× the mean${burst}.`;
}

export function concurrencyFinding({ mean, p95, peak }: ConcurrencySummary): string {
  return `${formatNumber(mean)} requests are in flight on average, ${formatCount(Math.round(p95))} at p95 and ${formatCount(Math.round(peak))} at most.`;
}
