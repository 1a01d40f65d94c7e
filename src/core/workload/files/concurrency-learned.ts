/** How many requests were in flight. */
import type { ConcurrencySummary } from "../../domain/workload-file.ts";

const BUCKETS = 120;

/**
 * From begin and end of requests; null where fewer than two have both.
 *
 * Per      whole service. Every row stands for `stride` requests.
 */
export function concurrencyOfIntervals(
  at: Float64Array,
  end: Float64Array,
  stride: number,
): ConcurrencySummary | null {
  const starts: number[] = [];
  const ends: number[] = [];
  at.forEach((start, i) => {
    const stop = end[i] as number;
    if (!(stop >= start)) return;
    starts.push(start);
    ends.push(stop);
  });
  if (starts.length < 2) return null;
  const [from, to] = [Float64Array.from(starts).sort(), Float64Array.from(ends).sort()];
  const startMs = from[0] as number;
  const span = (to[to.length - 1] as number) - startMs;
  if (!(span > 0)) return null;
  const bucketMs = span / BUCKETS;
  const buckets = new Float64Array(BUCKETS);
  const timeAt = new Map<number, number>();
  let running = 0;
  let peak = 0;
  let area = 0;
  let now = startMs;
  const stay = (until: number) => {
    const time = until - now;
    if (time <= 0) return;
    timeAt.set(running, (timeAt.get(running) ?? 0) + time);
    area += running * time;
    spread(buckets, (now - startMs) / bucketMs, (until - startMs) / bucketMs, running);
    now = until;
  };
  for (let i = 0, j = 0; j < to.length;) {
    if (i < from.length && (from[i] as number) <= (to[j] as number)) {
      stay(from[i++] as number);
      peak = Math.max(peak, ++running);
    } else {
      stay(to[j++] as number);
      running--;
    }
  }
  return {
    basis: "intervals",
    mean: (area / span) * stride,
    p95: quantileOfTimes(timeAt, span, 0.95) * stride,
    peak: peak * stride,
    bucketMs,
    startMs,
    buckets: Array.from(buckets, (value) => value * stride),
  };
}

/** Adds `value` times the covered part of each bucket between two positions. */
function spread(buckets: Float64Array, from: number, to: number, value: number): void {
  if (value === 0) return;
  for (let i = Math.floor(from); i < Math.min(BUCKETS, to); i++) {
    buckets[i] = (buckets[i] ?? 0) + value * (Math.min(to, i + 1) - Math.max(from, i));
  }
}

function quantileOfTimes(timeAt: ReadonlyMap<number, number>, span: number, share: number): number {
  let below = 0;
  const levels = [...timeAt.entries()].sort((a, b) => a[0] - b[0]);
  for (const [level, time] of levels) {
    below += time;
    if (below >= share * span) return level;
  }
  return levels.at(-1)?.[0] ?? 0;
}

/** From what the server wrote down now and then. */
export function concurrencyOfGauges(at: Float64Array, running: Float64Array): ConcurrencySummary | null {
  const values = running.filter((value) => Number.isFinite(value)).sort();
  if (values.length === 0) return null;
  const times = at.filter((time) => Number.isFinite(time));
  const startMs = times.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY);
  const endMs = times.reduce((most, time) => Math.max(most, time), Number.NEGATIVE_INFINITY);
  const bucketMs = endMs > startMs ? (endMs - startMs) / BUCKETS : 0;
  const sums = new Float64Array(BUCKETS);
  const counts = new Float64Array(BUCKETS);
  at.forEach((time, i) => {
    const value = running[i] as number;
    if (bucketMs === 0 || !Number.isFinite(time) || !Number.isFinite(value)) return;
    const bucket = Math.min(BUCKETS - 1, Math.floor((time - startMs) / bucketMs));
    sums[bucket] = (sums[bucket] ?? 0) + value;
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  });
  let last = 0;
  const buckets = Array.from(sums, (sum, i) => (last = (counts[i] ?? 0) > 0 ? sum / (counts[i] ?? 1) : last));
  return {
    basis: "gauges",
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    p95: values[Math.min(values.length - 1, Math.floor(0.95 * values.length))] as number,
    peak: values[values.length - 1] as number,
    bucketMs,
    startMs: Number.isFinite(startMs) ? startMs : 0,
    buckets: bucketMs === 0 ? [] : buckets,
  };
}
