/**
 * Latency tables as piecewise power laws: linear in log(latency) over log(axis).
 *
 * Beyond the last knot the last slope goes on, held within [0, 1]: more work is never faster, and a
 * saturated device is at worst proportional. Below the first knot the first value stands.
 */
export class LogCurve {
  readonly first: number;
  readonly last: number;
  private readonly x: Float64Array;
  private readonly y: Float64Array;
  private readonly slope: Float64Array;

  constructor(knots: readonly number[], ms: readonly number[]) {
    const n = knots.length;
    this.first = knots[0] as number;
    this.last = knots[n - 1] as number;
    this.x = Float64Array.from(knots, Math.log);
    this.y = Float64Array.from(ms, Math.log);
    this.slope = slopes(this.x, this.y);
  }

  /** Milliseconds at exp(logX). */
  at(logX: number): number {
    return Math.exp(this.logAt(logX));
  }

  logAt(logX: number): number {
    const i = segment(this.x, logX);
    if (i < 0) return this.y[0] as number;
    return (this.y[i] as number) + (this.slope[i] as number) * (logX - (this.x[i] as number));
  }
}

/**
 * The same over two axes; `ms` is row-major, one row a knot of the first axis.
 *
 * Beyond the grid time grows in proportion along rows and with power `steepest` along columns, in every
 * row alike: slopes that differ would let two rows cross.
 */
export class LogSurface {
  readonly lastRow: number;
  readonly lastColumn: number;
  private readonly rows: Float64Array;
  private readonly curves: readonly LogCurve[];
  private readonly logLastColumn: number;
  private readonly steepest: number;

  constructor(rows: readonly number[], columns: readonly number[], ms: readonly number[], steepest = 1) {
    this.lastRow = rows[rows.length - 1] as number;
    this.lastColumn = columns[columns.length - 1] as number;
    this.logLastColumn = Math.log(this.lastColumn);
    this.steepest = steepest;
    this.rows = Float64Array.from(rows, Math.log);
    const width = columns.length;
    this.curves = rows.map((_, i) => new LogCurve(columns, ms.slice(i * width, (i + 1) * width)));
  }

  at(logRow: number, logColumn: number): number {
    const column = Math.min(logColumn, this.logLastColumn);
    return Math.exp(this.inside(logRow, column) + this.steepest * (logColumn - column));
  }

  private inside(logRow: number, logColumn: number): number {
    const { rows, curves } = this;
    const i = segment(rows, logRow);
    if (i < 0) return (curves[0] as LogCurve).logAt(logColumn);
    const low = (curves[i] as LogCurve).logAt(logColumn);
    const x0 = rows[i] as number;
    if (i === rows.length - 1) return low + (logRow - x0);
    const high = (curves[i + 1] as LogCurve).logAt(logColumn);
    return low + ((high - low) * (logRow - x0)) / ((rows[i + 1] as number) - x0);
  }
}

function slopes(x: Float64Array, y: Float64Array): Float64Array {
  const n = x.length;
  const slope = new Float64Array(n);
  for (let i = 0; i + 1 < n; i++) {
    slope[i] = ((y[i + 1] as number) - (y[i] as number)) / ((x[i + 1] as number) - (x[i] as number));
  }
  if (n > 1) slope[n - 1] = Math.min(1, Math.max(0, slope[n - 2] as number));
  return slope;
}

/** Index of the last knot at or below `logX`; -1 before the first. */
function segment(x: Float64Array, logX: number): number {
  let low = 0;
  let high = x.length - 1;
  if (logX < (x[0] as number)) return -1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((x[middle] as number) <= logX) low = middle;
    else high = middle - 1;
  }
  return low;
}
