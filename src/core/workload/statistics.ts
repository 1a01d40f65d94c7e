/** Summaries of what was measured. */
import type { DistributionSummary } from "../domain/simulation.ts";

const BATCHES = 20;
/** Student's t at 0.975 with 19 degrees of freedom. */
const T_19 = 2.093024;

/**
 * Mean, quantiles and the mean's confidence of `values` in order of arrival; NaN stands for "has none".
 *
 *   half width = t(0.975, 19) * deviation of 20 batch means / sqrt(20)
 *
 * Leaves   out what correlation remains between batches: under heavy load the interval is too narrow.
 */
export function summarize(values: Float64Array): DistributionSummary | null {
  const present = values.filter((v) => !Number.isNaN(v));
  const count = present.length;
  if (count === 0) return null;
  const mean = meanBetween(present, 0, count);
  const halfWidth = count < 2 * BATCHES ? null : batchHalfWidth(present);
  present.sort();
  const at = (share: number) => quantileOfSorted(present, share);
  return {
    count,
    mean,
    halfWidth,
    p50: at(0.5),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    max: present[count - 1] as number,
  };
}

function batchHalfWidth(values: Float64Array): number {
  const means: number[] = [];
  for (let i = 0; i < BATCHES; i++) {
    const from = Math.floor((i * values.length) / BATCHES);
    means.push(meanBetween(values, from, Math.floor(((i + 1) * values.length) / BATCHES)));
  }
  const middle = means.reduce((a, b) => a + b, 0) / BATCHES;
  const variance = means.reduce((sum, mean) => sum + (mean - middle) ** 2, 0) / (BATCHES - 1);
  return (T_19 * Math.sqrt(variance)) / Math.sqrt(BATCHES);
}

function meanBetween(values: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += values[i] as number;
  return sum / (to - from);
}

/** Linear between the values at ranks around `share * (count - 1)`. */
export function quantileOfSorted(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const i = Math.floor(at);
  const low = sorted[i] as number;
  return low + (at - i) * ((sorted[Math.min(i + 1, sorted.length - 1)] as number) - low);
}
