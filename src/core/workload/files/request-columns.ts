/** Requests in columns of bounded size: all of them, or every second, fourth ... in the order of the file. */

const MOST_ROWS = 1 << 19;
const COLUMNS = ["at", "end", "input", "output"] as const;
type Column = (typeof COLUMNS)[number];
export type RequestRow = Readonly<Record<Column, number>>;

export class RequestColumns {
  readonly #most: number;
  #columns: Readonly<Record<Column, Float64Array>> = allocate(1024);
  #rows = 0;
  #seen = 0;
  #stride = 1;

  constructor(most = MOST_ROWS) {
    this.#most = most;
  }

  /** One kept row stands for this many requests. */
  get stride(): number {
    return this.#stride;
  }

  /** NaN where a field is unknown. */
  add(row: RequestRow): void {
    if (this.#seen++ % this.#stride !== 0) return;
    if (this.#rows === this.#most) this.#thin();
    else if (this.#rows === this.#columns.at.length) {
      this.#columns = allocate(Math.min(this.#most, 2 * this.#rows), this.#columns);
    }
    if ((this.#seen - 1) % this.#stride !== 0) return;
    for (const name of COLUMNS) this.#columns[name][this.#rows] = row[name];
    this.#rows++;
  }

  column(name: Column): Float64Array {
    return this.#columns[name].subarray(0, this.#rows);
  }

  #thin(): void {
    const half = this.#rows >> 1;
    for (const name of COLUMNS) {
      const column = this.#columns[name];
      for (let i = 0; i < half; i++) column[i] = column[2 * i] as number;
    }
    this.#rows = half;
    this.#stride *= 2;
  }
}

function allocate(size: number, from?: Readonly<Record<Column, Float64Array>>): Record<Column, Float64Array> {
  const make = (name: Column) => {
    const column = new Float64Array(size);
    if (from) column.set(from[name]);
    return column;
  };
  return { at: make("at"), end: make("end"), input: make("input"), output: make("output") };
}
