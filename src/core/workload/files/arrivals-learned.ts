/** When requests came: rate, hours, bursts. */
import type { ArrivalSummary } from "../../domain/workload-file.ts";
import { isCalendar } from "./read-fields.ts";
import { TimeBuckets } from "./time-buckets.ts";

const HOUR = 3_600_000;
const MIN_GAPS = 20;
const MIN_BUCKETS = 20;
/** Beyond this many hours every hour of the day was there as often as the others. */
const MOST_HOURS = 24 * 365;

export class ArrivalsLearned {
  readonly #buckets = new TimeBuckets();
  readonly #hours = new Float64Array(24);
  #count = 0;
  #start = Number.POSITIVE_INFINITY;
  #end = Number.NEGATIVE_INFINITY;
  /** Gaps between neighbours of the file, for files too long to be sorted. */
  #last = Number.NaN;
  #gaps = { count: 0, sum: 0, squares: 0, backwards: 0 };
  #weighted = false;

  add(atMs: number, weight: number): void {
    this.#buckets.add(atMs, weight);
    const hour = Math.floor(atMs / HOUR) % 24;
    this.#hours[hour] = (this.#hours[hour] ?? 0) + weight;
    this.#count += weight;
    this.#weighted ||= weight !== 1;
    this.#start = Math.min(this.#start, atMs);
    this.#end = Math.max(this.#end, atMs);
    const gap = atMs - this.#last;
    if (gap < 0) this.#gaps.backwards++;
    else if (gap >= 0) {
      this.#gaps.count++;
      this.#gaps.sum += gap;
      this.#gaps.squares += gap * gap;
    }
    this.#last = atMs;
  }

  /** `sorted`: all arrivals in order of time; null where they are too many to be kept. */
  summary(sorted: Float64Array | null): ArrivalSummary | null {
    const span = this.#end - this.#start;
    if (this.#count < 2 || !(span > 0)) return null;
    const { bucketMs, startMs, buckets } = this.#buckets;
    const rate = (this.#count - 1) / (span / 1e3);
    return {
      startMs,
      endMs: this.#end,
      calendar: isCalendar(this.#start),
      requestsPerSecond: rate,
      peakHourRequestsPerSecond: span <= HOUR ? rate : peakHour(buckets, bucketMs),
      byHour: this.#byHour(),
      gapVariation: this.#weighted ? null : sorted ? variationOf(sorted) : this.#streamedVariation(),
      dispersion: this.#weighted ? null : dispersionOf(buckets),
      bucketMs,
      buckets: [...buckets],
    };
  }

  #byHour(): number[] {
    const covered = new Float64Array(24);
    const hours = (this.#end - this.#start) / HOUR;
    if (hours > MOST_HOURS) covered.fill((hours / 24) * 3600);
    else {
      for (let at = this.#start; at < this.#end;) {
        const next = Math.min(this.#end, (Math.floor(at / HOUR) + 1) * HOUR);
        const hour = Math.floor(at / HOUR) % 24;
        covered[hour] = (covered[hour] ?? 0) + (next - at) / 1e3;
        at = next;
      }
    }
    return Array.from(this.#hours, (count, hour) =>
      count === 0 ? 0 : count / Math.max(1, covered[hour] ?? 0),
    );
  }

  /** A few neighbours out of order are logs of several threads; many are no order at all. */
  #streamedVariation(): number | null {
    const { count, sum, squares, backwards } = this.#gaps;
    if (count < MIN_GAPS || backwards > 0.01 * count) return null;
    const mean = sum / count;
    return mean > 0 ? Math.sqrt(Math.max(0, squares / count - mean * mean)) / mean : null;
  }
}

function variationOf(sorted: Float64Array): number | null {
  const count = sorted.length - 1;
  if (count < MIN_GAPS) return null;
  const mean = ((sorted[count] as number) - (sorted[0] as number)) / count;
  if (!(mean > 0)) return null;
  let squares = 0;
  for (let i = 1; i <= count; i++) squares += ((sorted[i] as number) - (sorted[i - 1] as number) - mean) ** 2;
  return Math.sqrt(squares / count) / mean;
}

/** The busiest run of buckets that make an hour. */
function peakHour(buckets: readonly number[], bucketMs: number): number {
  const width = Math.max(1, Math.round(HOUR / bucketMs));
  let sum = 0;
  let most = 0;
  buckets.forEach((count, i) => {
    sum += count - (i >= width ? (buckets[i - width] ?? 0) : 0);
    most = Math.max(most, sum);
  });
  return most / ((width * bucketMs) / 1e3);
}

/** The first and last bucket are cut short. */
function dispersionOf(buckets: readonly number[]): number | null {
  const inner = buckets.slice(1, -1);
  if (inner.length < MIN_BUCKETS) return null;
  const mean = inner.reduce((sum, count) => sum + count, 0) / inner.length;
  if (mean === 0) return null;
  return inner.reduce((sum, count) => sum + (count - mean) ** 2, 0) / inner.length / mean;
}
