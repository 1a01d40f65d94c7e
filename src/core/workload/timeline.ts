/** Levels averaged over a fixed number of buckets; when they are full, neighbours are merged. */
import type { SimulationTimeline } from "../domain/simulation.ts";

const FIRST_BUCKET_MS = 1;
const SERIES = 5;

export class Timeline {
  private readonly count: number;
  private bucketMs = FIRST_BUCKET_MS;
  private readonly sums: Float64Array[];

  /** `buckets`: at most; half as many when it has just merged. */
  constructor(buckets: number) {
    this.count = 2 * Math.ceil(buckets / 2);
    this.sums = Array.from({ length: SERIES }, () => new Float64Array(this.count));
  }

  /** The levels that held from `fromMs` to `toMs`, and the tokens written in between. */
  add(fromMs: number, toMs: number, queue: number, running: number, kvShare: number, tokens: number): void {
    if (toMs <= fromMs) return;
    while (toMs > this.bucketMs * this.count) this.merge();
    const [queues, runs, shares, written] = this.sums as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    let at = fromMs;
    for (let i = Math.floor(fromMs / this.bucketMs); at < toMs && i < this.count; i++) {
      const until = Math.min(toMs, (i + 1) * this.bucketMs);
      const width = until - at;
      queues[i] = (queues[i] as number) + queue * width;
      runs[i] = (runs[i] as number) + running * width;
      shares[i] = (shares[i] as number) + kvShare * width;
      written[i] = (written[i] as number) + (tokens * width) / (toMs - fromMs);
      at = until;
    }
  }

  arrival(atMs: number): void {
    while (atMs >= this.bucketMs * this.count) this.merge();
    const arrivals = this.sums[4] as Float64Array;
    const i = Math.floor(atMs / this.bucketMs);
    arrivals[i] = (arrivals[i] as number) + 1;
  }

  /** Tokens that were written at one moment. */
  write(atMs: number, tokens: number): void {
    while (atMs >= this.bucketMs * this.count) this.merge();
    const written = this.sums[3] as Float64Array;
    const i = Math.max(0, Math.ceil(atMs / this.bucketMs) - 1);
    written[i] = (written[i] as number) + tokens;
  }

  private merge(): void {
    this.bucketMs *= 2;
    const half = this.count / 2;
    for (const sums of this.sums) {
      for (let i = 0; i < half; i++) sums[i] = (sums[2 * i] as number) + (sums[2 * i + 1] as number);
      sums.fill(0, half);
    }
  }

  /** Until `endMs`; the last bucket is averaged over the part of it that was lived. */
  finish(endMs: number): SimulationTimeline {
    const used = Math.min(this.count, Math.max(1, Math.ceil(endMs / this.bucketMs)));
    const series = (index: number, scale: number) =>
      Array.from({ length: used }, (_, i) => {
        const width = Math.min(this.bucketMs, endMs - i * this.bucketMs);
        return width > 0 ? (scale * ((this.sums[index] as Float64Array)[i] as number)) / width : 0;
      });
    return {
      bucketMs: this.bucketMs,
      queue: series(0, 1),
      running: series(1, 1),
      kvShare: series(2, 1),
      outputTokensPerSecond: series(3, 1e3),
      arrivalsPerSecond: series(4, 1e3),
    };
  }
}
