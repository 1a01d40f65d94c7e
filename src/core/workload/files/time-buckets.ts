/** Sums over time in a bounded number of buckets, whose width doubles when time outgrows them. */

const MOST_BUCKETS = 2048;

export class TimeBuckets {
  #width: number;
  /** Index of the first bucket, counted in widths from zero. */
  #first = 0;
  #buckets: number[] = [];

  constructor(widthMs = 1000) {
    this.#width = widthMs;
  }

  get bucketMs(): number {
    return this.#width;
  }

  get startMs(): number {
    return this.#first * this.#width;
  }

  get buckets(): readonly number[] {
    return this.#buckets;
  }

  add(atMs: number, count: number): void {
    let index = Math.floor(atMs / this.#width);
    if (this.#buckets.length === 0) this.#first = index;
    while (
      Math.max(index, this.#first + this.#buckets.length - 1) - Math.min(index, this.#first) >=
      MOST_BUCKETS
    ) {
      this.#double();
      index = Math.floor(atMs / this.#width);
    }
    if (index < this.#first) {
      this.#buckets = [...Array.from({ length: this.#first - index }, () => 0), ...this.#buckets];
      this.#first = index;
    }
    while (this.#buckets.length <= index - this.#first) this.#buckets.push(0);
    this.#buckets[index - this.#first] = (this.#buckets[index - this.#first] ?? 0) + count;
  }

  #double(): void {
    const first = Math.floor(this.#first / 2);
    const wider: number[] = [];
    this.#buckets.forEach((count, i) => {
      const at = Math.floor((this.#first + i) / 2) - first;
      while (wider.length <= at) wider.push(0);
      wider[at] = (wider[at] ?? 0) + count;
    });
    this.#first = first;
    this.#buckets = wider;
    this.#width *= 2;
  }
}
