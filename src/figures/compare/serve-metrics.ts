/** What serving plans are held against. */
import type { Race } from "./compare-finding.ts";
import { formatNumber, formatUsd } from "../../core/units/format.ts";
import type { Estimate } from "../../core/domain/estimate.ts";
import { roomBytes, tightestRank } from "../memory-parts.ts";
import { countedRange, type MetricRow } from "./compare-metrics.ts";

const counted =
  (read: (memory: NonNullable<Estimate["memory"]>) => number): MetricRow<Estimate>["read"] =>
  ({ memory }) =>
    memory && countedRange(read(memory), memory.basis);

const spare = counted(({ ranks }) => {
  const tightest = tightestRank(ranks);
  return tightest ? roomBytes(tightest) : Number.NaN;
});

export const SERVE_METRICS: readonly MetricRow<Estimate>[] = [
  { id: "spare", group: "Memory", name: "left beside this load", kind: "bytes", better: "more", read: spare },
  {
    id: "cache",
    group: "Memory",
    name: "tokens in the cache of a replica",
    kind: "tokens",
    better: "more",
    read: counted(({ kvCacheTokens }) => kvCacheTokens),
  },
  {
    id: "room",
    group: "Memory",
    name: "users that fit",
    kind: "users",
    better: "more",
    read: counted(({ concurrencyLimit }) => concurrencyLimit),
  },
  {
    id: "user",
    group: "Speed",
    name: "per user",
    kind: "rate",
    better: "more",
    read: ({ performance }) => performance?.outputTokensPerSecondPerUser ?? null,
  },
  {
    id: "total",
    group: "Speed",
    name: "in total",
    kind: "rate",
    better: "more",
    read: ({ performance }) => performance?.outputTokensPerSecond ?? null,
  },
  {
    id: "accelerator",
    group: "Speed",
    name: "an accelerator",
    kind: "rate",
    better: "more",
    read: ({ performance }) => performance?.outputTokensPerSecondPerAccelerator ?? null,
  },
  {
    id: "ttft",
    group: "Speed",
    name: "to first token",
    kind: "time",
    better: "less",
    read: ({ performance }) => performance?.ttftMs ?? null,
  },
  {
    id: "latency",
    group: "Speed",
    name: "for a whole request",
    kind: "time",
    better: "less",
    read: ({ performance }) => performance?.requestLatencyMs ?? null,
  },
  {
    id: "hour",
    group: "Cost",
    name: "an hour",
    kind: "usd",
    better: "less",
    read: ({ cost }) => cost?.ranges.usdPerHour ?? null,
  },
  {
    id: "output",
    group: "Cost",
    name: "a million output tokens",
    kind: "usd",
    better: "less",
    read: ({ cost }) => cost?.ranges.usdPerMillionOutputTokens ?? null,
  },
  {
    id: "input",
    group: "Cost",
    name: "a million input tokens",
    kind: "usd",
    better: "less",
    read: ({ cost }) => cost?.ranges.usdPerMillionInputTokens ?? null,
  },
];

export const SERVE_RACE: readonly [cost: Race, speed: Race] = [
  { id: "output", words: (usd) => `costs least, ${formatUsd(usd)} a million output tokens` },
  { id: "user", words: (rate) => `is fastest for each user, ${formatNumber(rate)} tok/s` },
];
