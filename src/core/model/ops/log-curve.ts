/**
 * Latency tables as piecewise power laws: linear in log(latency) over log(axis).
 *
 * Beyond the last knot the last slope goes on, held within [0, steepest]: more work is never faster, and
 * a saturated device is at worst proportional (quadratic in the length of a prompt). Below the first knot the first value stands.
 */
export class LogCurve {
  readonly first: number;
  readonly last: number;
  private readonly x: Float64Array;
  private readonly y: Float64Array;
  private readonly slope: Float64Array;

  constructor(knots: readonly number[], ms: readonly number[], steepest = 1) {
    const n = knots.length;
    this.first = knots[0] as number;
    this.last = knots[n - 1] as number;
    this.x = Float64Array.from(knots, Math.log);
    this.y = Float64Array.from(ms, Math.log);
    this.slope = slopes(this.x, this.y, steepest);
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

/** The same over two axes; `ms` is row-major, one row a knot of the first axis; `steepest` is the second's. */
export class LogSurface {
  readonly firstRow: number;
  readonly lastRow: number;
  readonly firstColumn: number;
  readonly lastColumn: number;
  private readonly rows: Float64Array;
  private readonly curves: readonly LogCurve[];

  constructor(rows: readonly number[], columns: readonly number[], ms: readonly number[], steepest = 1) {
    this.firstRow = rows[0] as number;
    this.lastRow = rows[rows.length - 1] as number;
    this.firstColumn = columns[0] as number;
    this.lastColumn = columns[columns.length - 1] as number;
    this.rows = Float64Array.from(rows, Math.log);
    const width = columns.length;
    this.curves = rows.map((_, i) => new LogCurve(columns, ms.slice(i * width, (i + 1) * width), steepest));
  }

  at(logRow: number, logColumn: number): number {
    const { rows, curves } = this;
    const n = rows.length;
    let i = segment(rows, logRow);
    if (i < 0) return (curves[0] as LogCurve).at(logColumn);
    if (n === 1) return (curves[0] as LogCurve).at(logColumn);
    const beyond = i === n - 1;
    if (beyond) i = n - 2;
    const low = (curves[i] as LogCurve).logAt(logColumn);
    const high = (curves[i + 1] as LogCurve).logAt(logColumn);
    const x0 = rows[i] as number;
    const x1 = rows[i + 1] as number;
    if (!beyond) return Math.exp(low + ((high - low) * (logRow - x0)) / (x1 - x0));
    const slope = Math.min(1, Math.max(0, (high - low) / (x1 - x0)));
    return Math.exp(high + slope * (logRow - x1));
  }
}

function slopes(x: Float64Array, y: Float64Array, steepest: number): Float64Array {
  const n = x.length;
  const slope = new Float64Array(n);
  for (let i = 0; i + 1 < n; i++) {
    slope[i] = ((y[i + 1] as number) - (y[i] as number)) / ((x[i + 1] as number) - (x[i] as number));
  }
  if (n > 1) slope[n - 1] = Math.min(steepest, Math.max(0, slope[n - 2] as number));
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
