/** First come, first served, with a way back to the front. Constant time, memory of what waits. */
export class WaitingLine<T> {
  private items: T[] = [];
  private head = 0;
  /** Returned ones, the next to be served last. */
  private readonly returned: T[] = [];

  get length(): number {
    return this.items.length - this.head + this.returned.length;
  }

  join(item: T): void {
    this.items.push(item);
  }

  rejoinFront(item: T): void {
    this.returned.push(item);
  }

  *[Symbol.iterator](): Generator<T> {
    for (let i = this.returned.length - 1; i >= 0; i--) yield this.returned[i] as T;
    for (let i = this.head; i < this.items.length; i++) yield this.items[i] as T;
  }

  first(): T | undefined {
    return this.returned.length > 0 ? this.returned[this.returned.length - 1] : this.items[this.head];
  }

  leave(): void {
    if (this.returned.pop() !== undefined) return;
    if (this.head >= this.items.length) return;
    this.head++;
    if (this.head > 1024 && this.head * 2 > this.items.length) {
      this.items = this.items.slice(this.head);
      this.head = 0;
    }
  }
}
