/** Error statistics of predictions against measurements. */
import type { ErrorStatistics, ValidationRow } from "../domain/measurement.ts";

/** Linear between order statistics of an ascending list. */
export function quantile(sorted: readonly number[], q: number): number {
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? low;
  return low + (high - low) * (at - Math.floor(at));
}

/** A value and how much it counts for. */
export interface Weighted {
  readonly value: number;
  readonly weight: number;
}

/** Quantile of values that count for more or less: each stands at the middle of its weight, linear between. */
export function weightedQuantile(sorted: readonly Weighted[], q: number): number {
  const all = sorted.reduce((sum, { weight }) => sum + weight, 0);
  let below = 0;
  let before: { at: number; value: number } | undefined;
  for (const { value, weight } of sorted) {
    const at = (below + weight / 2) / all;
    if (q <= at) {
      if (before === undefined) return value;
      return before.value + ((value - before.value) * (q - before.at)) / (at - before.at);
    }
    before = { at, value };
    below += weight;
  }
  return before?.value ?? Number.NaN;
}

/**
 * Absolute relative errors of rows.
 *
 *   error = predicted / measured - 1;  bias: its mean, signed
 */
export function errorStatistics(rows: readonly ValidationRow[]): ErrorStatistics {
  const signed = rows.map((r) => r.predicted / r.measured - 1);
  const absolute = signed.map(Math.abs).sort((a, b) => a - b);
  const mean = (values: readonly number[]) => values.reduce((s, v) => s + v, 0) / values.length;
  const inside = rows.filter((r) => r.low <= r.measured && r.measured <= r.high).length;
  return {
    count: rows.length,
    medianAbsoluteError: quantile(absolute, 0.5),
    meanAbsoluteError: mean(absolute),
    p90AbsoluteError: quantile(absolute, 0.9),
    bias: mean(signed),
    coverage: inside / rows.length,
  };
}

export function statisticsByClass(
  rows: readonly ValidationRow[],
): Record<string, Record<string, ErrorStatistics>> {
  const groups = new Map<string, Map<string, ValidationRow[]>>();
  for (const row of rows) {
    const metrics = groups.get(row.class) ?? new Map<string, ValidationRow[]>();
    groups.set(row.class, metrics);
    metrics.set(row.metric, [...(metrics.get(row.metric) ?? []), row]);
  }
  const result: Record<string, Record<string, ErrorStatistics>> = {};
  for (const [name, metrics] of groups) {
    result[name] = Object.fromEntries([...metrics].map(([metric, of]) => [metric, errorStatistics(of)]));
  }
  return result;
}
