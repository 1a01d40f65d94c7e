/** What several plans are held against: one quantity a row, one plan a column. */
import type { Estimate } from "../../core/domain/estimate.ts";
import type { Ranged } from "../../core/domain/provenance.ts";
import { roomBytes, tightestRank } from "../memory-parts.ts";

export type MetricKind = "bytes" | "tokens" | "users" | "rate" | "time" | "usd";

/** `best`: its interval clears all others. `ahead`: the best value, but intervals overlap. */
export type Lead = "best" | "ahead";

export interface CompareMetric {
  readonly id: string;
  readonly group: "Memory" | "Speed" | "Cost";
  readonly name: string;
  readonly kind: MetricKind;
  readonly better: "more" | "less";
  /** One a plan; null where it cannot be told. Counted quantities have no interval: low and high are the value. */
  readonly values: readonly (Ranged | null)[];
  readonly leads: readonly (Lead | null)[];
  /** Where the row's common axis ends; it begins at zero. */
  readonly axisTo: number;
}

type Read = (estimate: Estimate) => Ranged | null;

interface Row extends Pick<CompareMetric, "id" | "group" | "name" | "kind" | "better"> {
  readonly read: Read;
}

const counted =
  (read: (memory: NonNullable<Estimate["memory"]>) => number): Read =>
  ({ memory }) => {
    if (memory === null) return null;
    const value = read(memory);
    return Number.isFinite(value) ? { value, low: value, high: value, basis: memory.basis } : null;
  };

const spare = counted(({ ranks }) => {
  const tightest = tightestRank(ranks);
  return tightest ? roomBytes(tightest) : Number.NaN;
});

const ROWS: readonly Row[] = [
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

/** Values this close are printed alike: neither is ahead. */
const SAME = 5e-4;
/** An interval may reach far beyond the values that are to be compared: there it is cut, and drawn open. */
const LONGEST_AXIS = 1.8;

/**
 * Every quantity that at least one plan has, with who leads.
 *
 * Leads    only among plans that fit: what cannot be run is not the cheapest
 */
export function compareMetrics(estimates: readonly (Estimate | null)[]): readonly CompareMetric[] {
  return ROWS.flatMap(({ read, ...row }) => {
    const values = estimates.map((estimate) => (estimate === null ? null : read(estimate)));
    if (values.every((value) => value === null)) return [];
    const runs = estimates.map((estimate) => estimate?.fits === true);
    return [{ ...row, values, leads: leadsOf(values, runs, row.better), axisTo: axisOf(values) }];
  });
}

function leadsOf(
  values: readonly (Ranged | null)[],
  runs: readonly boolean[],
  better: CompareMetric["better"],
): readonly (Lead | null)[] {
  const racing = values.flatMap((value, i) => (value !== null && runs[i] === true ? [value] : []));
  const none = values.map(() => null);
  if (racing.length < 2) return none;
  const sign = better === "more" ? 1 : -1;
  const top = racing.reduce((a, b) => (sign * b.value > sign * a.value ? b : a));
  const leads = (value: Ranged) => Math.abs(value.value - top.value) <= SAME * Math.abs(top.value);
  const rest = racing.filter((value) => !leads(value));
  if (rest.length === 0) return none;
  return values.map((value, i) => {
    if (value === null || runs[i] !== true || !leads(value)) return null;
    const clears = rest.every((other) =>
      better === "more" ? value.low > other.high : value.high < other.low,
    );
    return clears ? "best" : "ahead";
  });
}

function axisOf(values: readonly (Ranged | null)[]): number {
  const known = values.flatMap((value) => (value === null ? [] : [value]));
  const value = Math.max(...known.map((one) => one.value), 0);
  const high = Math.max(...known.map((one) => one.high), 0);
  return Math.min(high, value * LONGEST_AXIS) || 1;
}

/** An interval on its row's axis: shares 0..1 of its length. An end beyond the axis has no cap. */
export function placeOnAxis({ value, low, high }: Ranged, axisTo: number) {
  const share = (n: number) => Math.min(1, Math.max(0, n / axisTo));
  return { value: share(value), low: share(low), high: share(high), open: high > axisTo * 1.0001 };
}
