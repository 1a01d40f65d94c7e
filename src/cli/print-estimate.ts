/** An estimate for people: short, aligned, plain text. */
import type {
  CostEstimate,
  Estimate,
  MemoryEstimate,
  PerformanceEstimate,
  RankMemory,
} from "../core/domain/estimate.ts";
import type { LayoutPlan, Plan } from "../core/domain/plan.ts";
import type { Ranged } from "../core/domain/provenance.ts";
import {
  formatCount,
  formatDuration,
  formatGib,
  formatMemory,
  formatNumber,
  formatShare,
  formatUsd,
} from "../core/units/format.ts";
import { catalog } from "../planner-data.ts";
import { plainText } from "./io.ts";
import { printTable } from "./table.ts";

export function printEstimate(plan: Plan, estimate: Estimate): string {
  const { memory, performance, cost } = estimate;
  const parts = [
    `${describePlan(plan)}\n${verdict(estimate)}\n`,
    memory ? printMemory(memory) : "",
    performance ? printPerformance(performance) : "",
    cost ? printCost(cost) : "",
    estimate.notes
      .map(({ kind, message }) => `${kind === "information" ? "note" : kind}: ${message}\n`)
      .join(""),
  ];
  return plainText(parts.filter((part) => part !== "").join("\n"));
}

function describePlan(plan: Plan): string {
  const { cluster, layout, workload } = plan;
  const name = (found: { readonly name: string } | undefined, id: string) => found?.name ?? id;
  const accelerator = cluster.accelerator;
  const boxes = `${formatCount(cluster.nodes)} ${cluster.nodes === 1 ? "node" : "nodes"}`;
  const machine =
    accelerator === undefined || cluster.acceleratorsPerNode === 0
      ? `${boxes}, CPU only`
      : `${boxes} of ${cluster.acceleratorsPerNode} x ${name(catalog.accelerators.get(accelerator), accelerator)}`;
  const load =
    workload.concurrency === undefined
      ? `${formatNumber(workload.requestsPerSecond ?? 0)} requests/s`
      : `${formatCount(workload.concurrency)} ${workload.concurrency === 1 ? "user" : "users"}`;
  return [
    `Serve ${name(catalog.models.get(plan.model), plan.model)}`,
    `in ${name(catalog.weightFormats.get(plan.weights), plan.weights)}`,
    `with ${name(catalog.engines.get(plan.engine), plan.engine)} on ${machine},`,
    `${describeLayout(layout)},`,
    `${load}, ${formatCount(workload.inputTokens)} tokens in, ${formatCount(workload.outputTokens)} out`,
  ].join(" ");
}

function describeLayout({ disaggregated, ...layout }: LayoutPlan): string {
  const cut = (part: { tp: number; pp: number; dpAttention: number; ep: number }) =>
    `TP ${part.tp}, PP ${part.pp}, DP attention ${part.dpAttention}, EP ${part.ep}`;
  if (disaggregated === null) return cut(layout);
  const { prefill, decode, prefillReplicas, decodeReplicas } = disaggregated;
  return `${prefillReplicas} x prefill (${cut(prefill)}) and ${decodeReplicas} x decode (${cut(decode)})`;
}

function verdict(estimate: Estimate): string {
  if (!estimate.fits) return estimate.infeasible.map(({ message }) => `Does not fit: ${message}`).join("\n");
  if (!estimate.memory) return "Fits as far as can be told";
  const spare = Math.min(...estimate.memory.ranks.map(({ capacity, total }) => capacity - total));
  const users = estimate.memory.concurrencyLimit;
  return `Fits, with ${formatMemory(spare)} to spare on the fullest rank; room for ${formatCount(users)} users of this workload`;
}

function printMemory(memory: MemoryEstimate): string {
  const head = ["GiB by rank", "weights", "KV cache", "activations", "runtime", "total", "capacity"];
  const rows = groupRanks(memory.ranks).map(({ name, rank }) => [
    name,
    ...[rank.weights, rank.kvCache, rank.activations, rank.runtime, rank.total, rank.capacity].map((bytes) =>
      formatGib(bytes),
    ),
  ]);
  const cache = `KV cache: room for ${formatCount(memory.kvCacheTokens)} tokens a replica, ${formatCount(memory.kvCacheTokensNeeded)} needed, ${formatCount(memory.kvBytesPerToken)} bytes each`;
  return `${printTable([head, ...rows])}${cache}\n`;
}

/** Ranks that hold the same stand in one row: "GPU 0 - GPU 7". */
function groupRanks(ranks: readonly RankMemory[]): { name: string; rank: RankMemory }[] {
  const groups: { first: string; last: string; rank: RankMemory }[] = [];
  for (const rank of ranks) {
    const group = groups.at(-1);
    if (group && sameMemory(group.rank, rank)) group.last = rank.name;
    else groups.push({ first: rank.name, last: rank.name, rank });
  }
  return groups.map(({ first, last, rank }) => ({
    name: first === last ? first : `${first} - ${last}`,
    rank,
  }));
}

function sameMemory(a: RankMemory, b: RankMemory): boolean {
  const parts = ["weights", "kvCache", "activations", "runtime", "total", "capacity"] as const;
  return a.kind === b.kind && parts.every((part) => a[part] === b[part]);
}

function printPerformance(performance: PerformanceEstimate): string {
  const duration = (name: string, ranged: Ranged) => [name, ...figures(ranged, formatDuration)];
  const rate = (name: string, ranged: Ranged) => [name, ...figures(ranged, (value) => formatNumber(value))];
  const { resource, share, reason } = performance.limitedBy;
  const rows = [
    ["speed", "estimate", "80 % interval", "basis"],
    duration("time to first token", performance.ttftMs),
    duration("time per output token", performance.tpotMs),
    duration("request latency", performance.requestLatencyMs),
    rate("output tokens/s", performance.outputTokensPerSecond),
    rate("input tokens/s", performance.inputTokensPerSecond),
    rate("output tokens/s a user", performance.outputTokensPerSecondPerUser),
    rate("output tokens/s an accelerator", performance.outputTokensPerSecondPerAccelerator),
  ];
  return `${printTable(rows, [0, 3])}Limited by ${resource}: ${formatShare(share)} of the decode step (${reason})\n`;
}

function figures(ranged: Ranged, format: (value: number) => string): string[] {
  return [format(ranged.value), `${format(ranged.low)} to ${format(ranged.high)}`, ranged.basis];
}

function printCost(cost: CostEstimate): string {
  const row = (name: string, value: number | null, ranged: Ranged | null) =>
    value === null
      ? [name, "no price known", "", ""]
      : [
          name,
          formatUsd(value),
          ranged ? `${formatUsd(ranged.low)} to ${formatUsd(ranged.high)}` : "",
          ranged?.basis ?? "",
        ];
  const { ranges } = cost;
  const rows = [
    ["cost", "estimate", "80 % interval", "basis"],
    row("$ per hour", cost.usdPerHour, ranges.usdPerHour),
    row("$ per million output tokens", cost.usdPerMillionOutputTokens, ranges.usdPerMillionOutputTokens),
    row("$ per million input tokens", cost.usdPerMillionInputTokens, ranges.usdPerMillionInputTokens),
  ];
  return `${printTable(rows, [0, 3])}${cost.offer === "" ? "" : `Price: ${cost.offer}\n`}`;
}
