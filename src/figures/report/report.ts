/** A plan on one page: what a meeting decides on, as plain rows that both print and Markdown show. */
import type { Estimate, Note, RankMemory } from "../../core/domain/estimate.ts";
import type { Plan } from "../../core/domain/plan.ts";
import type { EstimateBasis, Ranged } from "../../core/domain/provenance.ts";
import type { StepTime } from "../../core/domain/step.ts";
import {
  durationUnit,
  formatCount,
  formatDuration,
  formatFixed,
  formatGib,
  formatNumber,
  formatRange,
  formatShare,
  formatUsd,
} from "../../core/units/format.ts";
import { placeCostBars } from "../cost-bars.ts";

export interface ReportNumber {
  readonly name: string;
  readonly value: string;
  readonly interval: string;
  readonly basis: EstimateBasis;
  /** A limit that the value misses, as words. */
  readonly breach: string | null;
}

export interface ReportRow {
  readonly cells: readonly string[];
  /** Of the figure beside the row: shares 0..1. */
  readonly bar?: number;
  readonly hue?: string;
}

export interface Report {
  readonly fits: boolean;
  readonly numbers: readonly ReportNumber[];
  readonly problems: readonly string[];
  readonly limitedBy: string | null;
  /** Ranks that hold the same are one row. GiB. */
  readonly memory: { readonly head: readonly string[]; readonly rows: readonly ReportRow[] } | null;
  readonly time: {
    readonly title: string;
    readonly head: readonly string[];
    readonly rows: readonly ReportRow[];
  } | null;
  readonly cost: {
    readonly head: readonly string[];
    readonly rows: readonly ReportRow[];
    readonly offer: string;
  } | null;
  /** What holds of every number, said of this plan. */
  readonly assumptions: readonly string[];
  readonly notes: readonly Note[];
}

/** More rows than these would push the rest off the page; the last one says how many were left out. */
const MOST_OPERATORS = 9;
const MOST_COSTS = 8;

export function reportOf(plan: Plan, estimate: Estimate): Report {
  const { memory, performance, cost } = estimate;
  return {
    fits: estimate.fits,
    numbers: numbersOf(plan, estimate),
    problems: estimate.infeasible.map(({ message }) => message),
    limitedBy: performance
      ? `${inSentence(performance.limitedBy.resource)}, ${formatShare(performance.limitedBy.share)} of the step: ${performance.limitedBy.reason}`
      : null,
    memory: memory ? memoryOf(memory.ranks) : null,
    time: performance ? timeOf(performance.steps.decode) : null,
    cost: cost
      ? {
          head: ["", "$ / M output", "as of"],
          rows: placeCostBars(cost.lines, null)
            .slice(0, MOST_COSTS)
            .map(({ line, width }) => ({
              cells: [line.label, formatUsd(line.usdPerMillionOutputTokens), line.checked],
              bar: width,
            })),
          offer: cost.offer,
        }
      : null,
    assumptions: assumptionsOf(plan, estimate),
    notes: estimate.notes.toSorted((a, b) => Number(b.kind === "warning") - Number(a.kind === "warning")),
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
  const rate = (n: number) => `${formatNumber(n)} tok/s`;
  const row = (
    name: string,
    range: Ranged | null | undefined,
    write: (n: number) => string,
    interval: (range: Ranged) => string,
    breach: string | null = null,
  ): readonly ReportNumber[] =>
    range ? [{ name, value: write(range.value), interval: interval(range), basis: range.basis, breach }] : [];
  const plain = ({ low, high }: Ranged) => formatRange(low, high);
  const usd = ({ low, high }: Ranged) => `${formatUsd(low)} – ${formatUsd(high)}`;
  const time = ({ value, low, high }: Ranged) => {
    const [unit, scale] = durationUnit(value);
    return `${formatRange(low * scale, high * scale)} ${unit}`;
  };
  const { ttftMs, tpotMs } = plan.slo;
  const over = (range: Ranged | undefined, limit: number | undefined, words: string) =>
    range && limit !== undefined && range.value > limit ? `misses the SLO of ${words}` : null;
  return [
    ...row(
      "per user",
      performance?.outputTokensPerSecondPerUser,
      rate,
      plain,
      over(performance?.tpotMs, tpotMs, `${formatNumber(1000 / (tpotMs ?? 1))} tok/s`),
    ),
    ...row("in total", performance?.outputTokensPerSecond, rate, plain),
    ...row(
      "to first token",
      performance?.ttftMs,
      formatDuration,
      time,
      over(performance?.ttftMs, ttftMs, formatDuration(ttftMs ?? 0)),
    ),
    ...row("a whole request", performance?.requestLatencyMs, formatDuration, time),
    ...row("a million output tokens", cost?.ranges.usdPerMillionOutputTokens, formatUsd, usd),
    ...row("an hour", cost?.ranges.usdPerHour, formatUsd, usd),
  ];
}

function memoryOf(ranks: readonly RankMemory[]) {
  const groups: { names: string[]; rank: RankMemory }[] = [];
  const content = ({ name: _, ...rest }: RankMemory) => JSON.stringify(rest);
  for (const rank of ranks) {
    const last = groups.at(-1);
    if (last && content(last.rank) === content(rank)) last.names.push(rank.name);
    else groups.push({ names: [rank.name], rank });
  }
  const rows = groups.map(({ names, rank }) => ({
    cells: [
      names.length > 1 ? `${names[0] ?? ""} – ${names.at(-1) ?? ""}` : (names[0] ?? ""),
      ...[rank.weights, rank.kvCache, rank.activations, rank.runtime, rank.total, rank.capacity].map(
        (bytes) => formatGib(bytes),
      ),
    ],
    bar: rank.capacity > 0 ? rank.total / rank.capacity : 0,
  }));
  return {
    head: ["GiB by rank", "weights", "KV cache", "activations", "runtime", "total", "capacity"],
    rows: withRest(rows, MOST_OPERATORS, "ranks"),
  };
}

function timeOf(step: StepTime) {
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
    title: `A decode step takes ${formatDuration(step.totalMs)} for ${formatNumber(step.batch)} sequences`,
    head: ["", "ms", "share", "bound by", "of limit"],
    rows: withRest(rows, MOST_OPERATORS, "operators"),
  };
}

function withRest(rows: readonly ReportRow[], most: number, noun: string): readonly ReportRow[] {
  if (rows.length <= most) return rows;
  return [...rows.slice(0, most - 1), { cells: [`${rows.length - most + 1} more ${noun}`] }];
}

/** A name within a sentence: small, unless it is written in capitals. */
const inSentence = (name: string) =>
  /^[A-Z][a-z]/.test(name) ? name[0]?.toLowerCase() + name.slice(1) : name;
