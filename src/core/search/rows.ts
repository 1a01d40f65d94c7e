/** Columns that grow, and the buffers that leave a worker. */
import type { SearchColumns } from "../domain/search.ts";

type Column = Uint8Array | Uint16Array | Uint32Array | Float64Array;

type ColumnName = Exclude<keyof SearchColumns, "length">;

/** Room for `length` rows. */
export function allocateColumns(length: number): SearchColumns {
  return {
    length,
    candidate: new Uint32Array(length),
    usdPerMillionOutputTokens: new Float64Array(length),
    tokensPerSecondPerUser: new Float64Array(length),
    outputTokensPerSecond: new Float64Array(length),
    ttftMs: new Float64Array(length),
    usdPerHour: new Float64Array(length),
    accelerators: new Uint16Array(length),
    users: new Uint32Array(length),
    engine: new Uint8Array(length),
    weights: new Uint8Array(length),
    accelerator: new Uint8Array(length),
    basis: new Uint8Array(length),
  };
}

export const COLUMN_NAMES: readonly ColumnName[] = [
  "candidate",
  "usdPerMillionOutputTokens",
  "tokensPerSecondPerUser",
  "outputTokensPerSecond",
  "ttftMs",
  "usdPerHour",
  "accelerators",
  "users",
  "engine",
  "weights",
  "accelerator",
  "basis",
];

/** Buffers of columns, for a worker's transfer list. */
export function transferable(columns: SearchColumns): ArrayBuffer[] {
  return COLUMN_NAMES.map((name) => columns[name].buffer as ArrayBuffer);
}

const FIRST_ROOM = 256;

/** Rows gathered until `take` hands them over. */
export class RowStore {
  columns: SearchColumns = allocateColumns(FIRST_ROOM);
  private length = 0;

  get size(): number {
    return this.length;
  }

  /** Position of a new row in `columns`, to be filled by the caller. */
  add(): number {
    if (this.length === this.columns.length) this.columns = resized(this.columns, this.length * 2);
    return this.length++;
  }

  /** All rows so far in arrays of their own; the store is empty afterwards. */
  take(): SearchColumns {
    const taken = resized(this.columns, this.length);
    this.length = 0;
    return taken;
  }
}

function resized(columns: SearchColumns, length: number): SearchColumns {
  const next = allocateColumns(length);
  const copied = Math.min(length, columns.length);
  for (const name of COLUMN_NAMES) copy(next[name], columns[name], copied);
  return next;
}

function copy(to: Column, from: Column, length: number): void {
  to.set(from.subarray(0, length));
}

/** All rows of several parts by candidate number: the order of one undivided search. */
export function joinColumns(parts: readonly SearchColumns[]): SearchColumns {
  const joined = allocateColumns(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    for (const name of COLUMN_NAMES) joined[name].set(part[name], at);
    at += part.length;
  }
  return reordered(joined, ascending(joined.candidate));
}

/** Positions of values in rising order; null where they stand in it. */
function ascending(values: Uint32Array): Uint32Array | null {
  let sorted = true;
  for (let i = 1; i < values.length; i++)
    if ((values[i] as number) < (values[i - 1] as number)) sorted = false;
  if (sorted) return null;
  // sorted as numbers, which takes no function of ours, and each looked up by its value: candidates are unique
  const order = values.slice().sort();
  const where = new Uint32Array((order.at(-1) as number) + 1);
  for (let i = 0; i < values.length; i++) where[values[i] as number] = i;
  for (let i = 0; i < order.length; i++) order[i] = where[order[i] as number] as number;
  return order;
}

function reordered(columns: SearchColumns, order: Uint32Array | null): SearchColumns {
  if (order === null) return columns;
  const next = allocateColumns(columns.length);
  for (const name of COLUMN_NAMES) {
    const to: Column = next[name];
    const from: Column = columns[name];
    for (let i = 0; i < order.length; i++) to[i] = from[order[i] as number] as number;
  }
  return next;
}
