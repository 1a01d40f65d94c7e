/** Requests of a log whose answers stand further down. */
import type { FileRecord, RecordSink } from "./file-record.ts";

/** Requests that wait at once; the oldest go without their answer. */
const MOST_PENDING = 1 << 14;

export class PendingRequests {
  readonly #sink: RecordSink;
  readonly #open = new Map<string, { record: FileRecord; line: number }>();

  constructor(sink: RecordSink) {
    this.#sink = sink;
  }

  add(id: string, record: FileRecord, line: number): void {
    this.finish(id, {});
    this.#open.set(id, { record, line });
    if (this.#open.size <= MOST_PENDING) return;
    const oldest = this.#open.keys().next();
    if (!oldest.done) this.finish(oldest.value, {});
  }

  has(id: string): boolean {
    return this.#open.has(id);
  }

  finish(id: string, more: Partial<FileRecord>): void {
    const found = this.#open.get(id);
    if (!found) return;
    this.#open.delete(id);
    this.#sink.record({ ...found.record, ...more }, found.line);
  }

  /** What is known of them so far is kept. */
  end(): void {
    for (const id of [...this.#open.keys()]) this.finish(id, {});
  }
}
