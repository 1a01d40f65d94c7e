/**
 * Robust least squares in logarithms of a few parameters.
 *
 *   minimize  sum of weight * |log(measured / predicted)|  +  sum of (log(value / start) / WEAK)^2
 *
 * by Gauss-Newton with weights that make squares into absolute values. The second sum leaves a parameter
 * that no row speaks of where it started. Deterministic: begins at `start`, never at the last result.
 */
import { solveSymmetric } from "./solve.ts";

/** What a fit may turn. */
export interface Knob {
  value: number;
  readonly start: number;
  readonly bounds: readonly [number, number];
}

export interface Sample {
  /** Of its group: long sweeps of one machine do not outvote other machines. */
  readonly weight: number;
}

/** log(measured / predicted) of each sample under the knobs' present values. */
export type Residuals = () => Float64Array;

const WEAK = 3;
const STEP = 0.02;
const MOST_STEPS = 8;
const LONGEST = 0.5;
const SETTLED = 3e-3;
/** Below this a residual counts as its square, above `OUTLIER` as hardly more. */
const SMALL = 0.03;
const OUTLIER = 0.8;

/** `near`: the knobs stand near the answer already, as where a fold leaves a few samples out of a fit. */
export function fit(
  knobs: readonly Knob[],
  samples: readonly Sample[],
  residuals: Residuals,
  near = false,
): void {
  if (!near) for (const knob of knobs) knob.value = knob.start;
  let at = residuals();
  let loss = lossOf(at, samples, knobs);
  for (let step = 0; step < MOST_STEPS; step++) {
    const move = gaussNewton(knobs, samples, at, jacobian(knobs, at, residuals));
    const from = knobs.map(({ value }) => value);
    let length = 1;
    let better = false;
    for (let half = 0; half < 5 && !better; half++, length /= 2) {
      moveTo(knobs, from, move, length);
      const next = residuals();
      const now = lossOf(next, samples, knobs);
      if (now < loss) {
        better = true;
        loss = now;
        at = next;
      }
    }
    if (!better) {
      moveTo(knobs, from, move, 0);
      return;
    }
    if (Math.max(...move.map(Math.abs)) < SETTLED) return;
  }
}

/** d log(predicted) / d log(value), a column a knob. */
export function jacobian(
  knobs: readonly Knob[],
  at: Float64Array,
  residuals: Residuals,
): readonly Float64Array[] {
  return knobs.map((knob) => {
    const { value } = knob;
    const up = value * Math.exp(STEP) <= knob.bounds[1];
    knob.value = value * Math.exp(up ? STEP : -STEP);
    const moved = residuals();
    knob.value = value;
    return moved.map((r, i) => ((at[i] as number) - r) / (up ? STEP : -STEP));
  });
}

/** The step that the linearized problem asks for, in logarithms. */
export function gaussNewton(
  knobs: readonly Knob[],
  samples: readonly Sample[],
  at: Float64Array,
  columns: readonly Float64Array[],
): number[] {
  const n = knobs.length;
  const matrix = Array.from({ length: n }, () => new Float64Array(n));
  const right = new Float64Array(n);
  samples.forEach(({ weight }, i) => {
    const r = at[i] as number;
    const w = weight * robust(r);
    for (let j = 0; j < n; j++) {
      const cj = columns[j]?.[i] as number;
      right[j] = (right[j] as number) + w * cj * r;
      for (let k = 0; k < n; k++) {
        const row = matrix[j] as Float64Array;
        row[k] = (row[k] as number) + w * cj * (columns[k]?.[i] as number);
      }
    }
  });
  knobs.forEach(({ value, start }, j) => {
    const row = matrix[j] as Float64Array;
    row[j] = (row[j] as number) + 2 / WEAK ** 2;
    right[j] = (right[j] as number) - (2 * Math.log(value / start)) / WEAK ** 2;
  });
  const step = solveSymmetric(matrix, right);
  return [...step].map((s) => Math.min(LONGEST, Math.max(-LONGEST, s)));
}

function robust(residual: number): number {
  const size = Math.abs(residual);
  const one = 1 / Math.max(size, SMALL);
  return size <= OUTLIER ? one : one * (OUTLIER / size) ** 2;
}

function lossOf(at: Float64Array, samples: readonly Sample[], knobs: readonly Knob[]): number {
  let sum = 0;
  samples.forEach(({ weight }, i) => {
    const size = Math.abs(at[i] as number);
    const inside = size < SMALL ? size ** 2 / (2 * SMALL) + SMALL / 2 : size;
    sum += weight * (size <= OUTLIER ? inside : OUTLIER * (1 + Math.log(size / OUTLIER) / 4));
  });
  for (const { value, start } of knobs) sum += (Math.log(value / start) / WEAK) ** 2;
  return sum;
}

function moveTo(
  knobs: readonly Knob[],
  from: readonly number[],
  move: readonly number[],
  length: number,
): void {
  knobs.forEach((knob, i) => {
    const wanted = (from[i] as number) * Math.exp(length * (move[i] as number));
    knob.value = Math.min(knob.bounds[1], Math.max(knob.bounds[0], wanted));
  });
}
