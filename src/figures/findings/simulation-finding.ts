/** What a simulated service shows, a sentence a figure. */
import type {
  LatencyTarget,
  PlanSimulation,
  ReplicaSizing,
  ScalingSketch,
} from "../../core/domain/plan-simulation.ts";
import type { SimulationResult } from "../../core/domain/simulation.ts";
import { formatCount, formatDuration, formatNumber, formatShare } from "../../core/units/format.ts";

export function percentilesFinding({ result, average }: PlanSimulation): string {
  if (!result.stable) return "More comes in than goes out: the queue grows for as long as this lasts.";
  const p99 = result.ttftMs?.p99;
  if (p99 === undefined) return "No request could be served.";
  const told = `One request in a hundred waits over ${formatDuration(p99)} for its first token`;
  if (average === null) return `${told}.`;
  return `${told}; the average would have claimed ${formatDuration(average.ttftMs)}.`;
}

export function timelineFinding({ timeline, kv, queue }: SimulationResult): string {
  const most = Math.max(0, ...timeline.queue);
  const cache = `the cache is ${formatShare(kv.peakShare)} full at its fullest`;
  if (most < 0.5) return `Hardly anybody queues, and ${cache}.`;
  return `Up to ${formatNumber(most, 2)} requests queue, ${formatNumber(queue, 2)} on average, and ${cache}.`;
}

const LATENCY_WORDS: Readonly<Record<LatencyTarget["latency"], string>> = {
  ttftMs: "time to first token",
  tpotMs: "time per output token",
  endToEndMs: "request latency",
};

const targetWords = ({ latency, statistic, limitMs }: LatencyTarget): string =>
  `${statistic === "mean" ? "mean" : statistic} ${LATENCY_WORDS[latency]} under ${formatDuration(limitMs)}`;

export function replicasFinding({ replicas, tried, target }: ReplicaSizing): string {
  if (replicas === null) {
    const most = tried.at(-1)?.replicas ?? 0;
    return `Not even ${formatCount(most)} replicas hold a ${targetWords(target)}.`;
  }
  const name = replicas === 1 ? "One replica holds" : `${formatCount(replicas)} replicas hold`;
  const below = tried.findLast(({ holds }) => !holds);
  const less =
    below?.ms === undefined || below.ms === null
      ? ""
      : `; with ${formatCount(below.replicas)} it is ${formatDuration(below.ms)}`;
  return `${name} a ${targetWords(target)}${less}.`;
}

export function scalingFinding({ scaledHours, fixedHours, ratePerReplica }: ScalingSketch): string {
  const saved = 1 - scaledHours / Math.max(1, fixedHours);
  const rate = `one replica holds ${formatNumber(ratePerReplica)} requests a second`;
  if (saved < 0.01) return `Scaling by the hour saves nothing: ${rate}.`;
  return `Scaled by the hour, a day takes ${formatCount(scaledHours)} replica hours instead of ${formatCount(fixedHours)}, ${formatShare(saved)} less: ${rate}.`;
}
