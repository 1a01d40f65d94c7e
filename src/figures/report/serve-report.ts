/** The report of a serving plan. */
import type { Estimate, RankMemory } from "../../core/domain/estimate.ts";
import type { Plan } from "../../core/domain/plan.ts";
import type { Ranged } from "../../core/domain/provenance.ts";
import type { StepTime } from "../../core/domain/step.ts";
import {
  formatCount,
  formatDuration,
  formatFixed,
  formatGib,
  formatNumber,
  formatShare,
  formatUsd,
} from "../../core/units/format.ts";
import { placeCostBars } from "../cost-bars.ts";
import {
  groupRanks,
  inSentence,
  numberOf,
  warningsFirst,
  withRest,
  type Report,
  type ReportNumber,
  type ReportTable,
} from "./report-document.ts";

const MOST_COSTS = 8;

export function serveReport(plan: Plan, estimate: Estimate): Report {
  const { fits, memory, performance, cost } = estimate;
  return {
    goal: "serve",
    fits,
    word: fits ? "Fits" : "Does not fit",
    numbers: numbersOf(plan, estimate),
    problems: estimate.infeasible.map(({ message }) => message),
    limit: performance
      ? `Limited by ${inSentence(performance.limitedBy.resource)}, ${formatShare(performance.limitedBy.share)} of the step: ${performance.limitedBy.reason}.`
      : null,
    tables: [
      ...(memory ? [memoryOf(memory.ranks)] : []),
      ...(performance ? [timeOf(performance.steps.decode)] : []),
      ...(cost ? [costOf(cost)] : []),
    ],
    assumptions: assumptionsOf(plan, estimate),
    notes: warningsFirst(estimate.notes),
  };
}

function costOf({ lines, offer }: NonNullable<Estimate["cost"]>): ReportTable {
  return {
    name: "Cost",
    lead: `Price: ${offer}`,
    head: ["", "$ / M output", "as of"],
    rows: placeCostBars(lines, null)
      .slice(0, MOST_COSTS)
      .map(({ line, width }) => ({
        cells: [line.label, formatUsd(line.usdPerMillionOutputTokens), line.checked],
        bar: width,
      })),
  };
}

function assumptionsOf(
  { workload, options, cluster }: Plan,
  { memory, performance, cost }: Estimate,
): readonly string[] {
  const load =
    workload.concurrency === undefined
      ? `${formatNumber(workload.requestsPerSecond ?? 0)} requests a second`
      : `${formatCount(workload.concurrency)} ${workload.concurrency === 1 ? "request" : "requests"} in flight`;
  const tokens = `${formatCount(workload.inputTokens)} tokens in and ${formatCount(workload.outputTokens)} out`;
  const hits = workload.prefixHitRate > 0 ? `${formatShare(workload.prefixHitRate)} of prompts` : "nothing";
  const set = Object.entries(options).map(([key, value]) => `${key} ${JSON.stringify(value)}`);
  return [
    `Load: ${load}, ${tokens}; ${hits} found in the prefix cache.`,
    set.length === 0
      ? "Engine settings are the defaults of its version."
      : `Engine settings: ${set.join(", ")}; the rest are its version's defaults.`,
    ...(cluster.nodes > 1 && cluster.fabric === undefined
      ? ["The network between nodes is the usual one of these accelerators."]
      : []),
    ...(memory ? ["Weights are counted tensor by tensor; the cache follows the engine's own rule."] : []),
    ...(performance
      ? [`Time of a step is ${performance.steps.decode.basis}, of a token ${performance.tpotMs.basis}.`]
      : []),
    ...(cost ? ["Cost is of a cluster kept at this load; inputs are paid for by the output tokens."] : []),
  ];
}

function numbersOf(plan: Plan, { performance, cost }: Estimate): readonly ReportNumber[] {
  const { ttftMs, tpotMs } = plan.slo;
  const over = (range: Ranged | undefined, limit: number | undefined, words: string) =>
    range && limit !== undefined && range.value > limit ? `misses the SLO of ${words}` : null;
  const slowest = `${formatNumber(1000 / (tpotMs ?? 1))} tok/s`;
  return [
    ...numberOf(
      "per user",
      "rate",
      performance?.outputTokensPerSecondPerUser,
      over(performance?.tpotMs, tpotMs, slowest),
    ),
    ...numberOf("in total", "rate", performance?.outputTokensPerSecond),
    ...numberOf(
      "to first token",
      "ms",
      performance?.ttftMs,
      over(performance?.ttftMs, ttftMs, formatDuration(ttftMs ?? 0)),
    ),
    ...numberOf("a whole request", "ms", performance?.requestLatencyMs),
    ...numberOf("a million output tokens", "usd", cost?.ranges.usdPerMillionOutputTokens),
    ...numberOf("an hour", "usd", cost?.ranges.usdPerHour),
  ];
}

function memoryOf(ranks: readonly RankMemory[]): ReportTable {
  const rows = groupRanks(ranks).map(({ name, rank }) => ({
    cells: [
      name,
      ...[rank.weights, rank.kvCache, rank.activations, rank.runtime, rank.total, rank.capacity].map(
        (bytes) => formatGib(bytes),
      ),
    ],
    bar: rank.capacity > 0 ? rank.total / rank.capacity : 0,
  }));
  return {
    name: "Memory",
    head: ["GiB by rank", "weights", "KV cache", "activations", "runtime", "total", "capacity"],
    rows: withRest(rows, "ranks"),
    wide: true,
  };
}

function timeOf(step: StepTime): ReportTable {
  const longest = Math.max(...step.operators.map(({ ms }) => ms), 0);
  const rows = step.operators
    .toSorted((a, b) => b.ms - a.ms)
    .map(({ name, ms, limitMs, bound, hue }) => ({
      cells: [
        name,
        formatFixed(ms, 2),
        formatShare(step.totalMs > 0 ? ms / step.totalMs : 0),
        bound,
        limitMs === undefined || limitMs <= 0 ? "–" : `${formatFixed(ms / limitMs, 1)}×`,
      ],
      bar: longest > 0 ? ms / longest : 0,
      hue,
    }));
  return {
    name: "Time",
    lead: `A decode step takes ${formatDuration(step.totalMs)} for ${formatNumber(step.batch)} sequences`,
    head: ["", "ms", "share", "bound by", "of limit"],
    rows: withRest(rows, "operators"),
  };
}
