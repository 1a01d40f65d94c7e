/** What several plans are held against: one quantity a row, one plan a column. */
import type { EstimateBasis, Ranged } from "../../core/domain/provenance.ts";

export type MetricKind = "bytes" | "tokens" | "users" | "rate" | "time" | "usd";

/** `best`: its interval clears all others. `ahead`: the best value, but intervals overlap. */
export type Lead = "best" | "ahead";

/** In the order of the table. */
export const METRIC_GROUPS = ["Memory", "Speed", "Cost"] as const;
export type MetricGroup = (typeof METRIC_GROUPS)[number];

export interface CompareMetric {
  readonly id: string;
  readonly group: MetricGroup;
  readonly name: string;
  readonly kind: MetricKind;
  readonly better: "more" | "less";
  /** One a plan; null where it cannot be told. Counted quantities have no interval: low and high are the value. */
  readonly values: readonly (Ranged | null)[];
  readonly leads: readonly (Lead | null)[];
  /** Where the row's common axis ends; it begins at zero. */
  readonly axisTo: number;
}

/** How a goal's estimates are read for one row. */
export interface MetricRow<E> extends Pick<CompareMetric, "id" | "group" | "name" | "kind" | "better"> {
  readonly read: (estimate: E) => Ranged | null;
}

/** A counted quantity has no interval; none where it cannot be counted. */
export const countedRange = (value: number, basis: EstimateBasis): Ranged | null =>
  Number.isFinite(value) ? { value, low: value, high: value, basis } : null;

export const hoursAsMs = ({ value, low, high, basis }: Ranged): Ranged => ({
  value: value * 3.6e6,
  low: low * 3.6e6,
  high: high * 3.6e6,
  basis,
});

/** Values this close are printed alike: neither is ahead. */
const SAME = 5e-4;
/** An interval may reach far beyond the values that are to be compared: there it is cut, and drawn open. */
const LONGEST_AXIS = 1.8;

/**
 * Every quantity that at least one plan has, with who leads.
 *
 * Leads    only among plans that fit: what cannot be run is not the cheapest
 */
export function compareMetrics<E extends { readonly fits: boolean }>(
  rows: readonly MetricRow<E>[],
  estimates: readonly (E | null)[],
): readonly CompareMetric[] {
  return rows.flatMap(({ read, ...row }) => {
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
