/** A logarithmic axis with round ends, so that small changes of its data do not move it. */
export interface LogAxis {
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly number[];
  /** Share 0..1 of the axis. */
  readonly share: (value: number) => number;
}

const STEPS: readonly (readonly number[])[] = [
  [1, 1.5, 2, 3, 4, 5, 6, 8],
  [1, 2, 3, 4, 6, 8],
  [1, 2, 4],
  [1, 3],
  [1],
];
/** Ends stand on a grid of sixteenths of a decade. */
const GRID = 16;

/** `null` without a positive value. */
export function logAxis(values: readonly number[], mostTicks = 7): LogAxis | null {
  const positive = values.filter((value) => value > 0 && Number.isFinite(value));
  if (positive.length === 0) return null;
  const least = Math.log10(Math.min(...positive));
  const most = Math.log10(Math.max(...positive));
  const low = Math.floor((least - 0.02) * GRID) / GRID;
  const high = Math.max(low + 0.25, Math.ceil((most + 0.02) * GRID) / GRID);
  return {
    from: 10 ** low,
    to: 10 ** high,
    ticks: ticksOf(low, high, mostTicks),
    share: (value) => (Math.log10(value) - low) / (high - low),
  };
}

function ticksOf(low: number, high: number, most: number): readonly number[] {
  for (const steps of STEPS) {
    const ticks: number[] = [];
    for (let decade = Math.floor(low); decade <= Math.ceil(high); decade++) {
      for (const step of steps) {
        const at = Math.log10(step) + decade;
        if (at >= low && at <= high) ticks.push(Number((step * 10 ** decade).toPrecision(2)));
      }
    }
    if (ticks.length <= most) return ticks;
  }
  return [];
}
