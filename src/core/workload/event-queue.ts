/** Events in order of time, and of their making where times are equal: a binary heap. */
interface Entry {
  readonly timeMs: number;
  readonly order: number;
}

export class EventQueue<T> {
  private readonly heap: (Entry & { readonly value: T })[] = [];
  private order = 0;

  get size(): number {
    return this.heap.length;
  }

  push(timeMs: number, value: T): void {
    const { heap } = this;
    const entry = { timeMs, order: this.order++, value };
    let i = heap.length;
    heap.push(entry);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent] as typeof entry;
      if (!before(entry, above)) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = entry;
  }

  pop(): { readonly timeMs: number; readonly value: T } | undefined {
    const { heap } = this;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Entry, heap[child] as Entry)) child++;
      const below = heap[child] as typeof last;
      if (!before(below, last)) break;
      heap[i] = below;
      i = child;
    }
    heap[i] = last;
    return top;
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.timeMs < b.timeMs || (a.timeMs === b.timeMs && a.order < b.order);
}
