/**
 * The argument in [low, high] at which a rising function crosses zero, by the Illinois method: `precision` of its value.
 *
 * Leaves   out functions that do not change sign: the end nearer to zero's side is returned.
 */
export function risingRoot(
  f: (x: number) => number,
  low: number,
  high: number,
  precision = 1e-9 * (1 + Math.abs(high)),
): number {
  let a = low;
  let b = high;
  let fa = f(a);
  let fb = f(b);
  if (fa >= 0) return a;
  if (fb <= 0) return b;
  let side = 0;
  for (let i = 0; i < 60; i++) {
    const x = (a * fb - b * fa) / (fb - fa);
    const fx = f(x);
    if (Math.abs(b - a) <= 1e-7 * b || Math.abs(fx) < precision) return x;
    if (fx < 0) {
      a = x;
      fa = fx;
      if (side === -1) fb /= 2;
      side = -1;
    } else {
      b = x;
      fb = fx;
      if (side === 1) fa /= 2;
      side = 1;
    }
  }
  return (a + b) / 2;
}

/** Every so many secants the bracket is halved; a function with a step in it ends there. */
const HALVE_EVERY = 5;
const MOST_SECANTS = 60;
const NARROWEST = 1e-12;

/**
 * The same crossing where the value at `low` is known beforehand: by secants through the last two points while
 * they stay inside the bracket. A smooth function takes four or five calls.
 *
 * `f` was called last at the argument that is returned, for what it leaves behind.
 */
export function risingRootFrom(
  f: (x: number) => number,
  low: number,
  atLow: number,
  high: number,
  precision: number,
): number {
  let a = low;
  let b = high;
  let before = low;
  let fBefore = atLow;
  let x = high;
  let fx = f(x);
  if (fx <= precision) return x;
  for (let i = 0; i < MOST_SECANTS; i++) {
    let to = x - (fx * (x - before)) / (fx - fBefore);
    // beside the bracket, or one end does not move: halve it
    if (!(to > a && to < b) || i % HALVE_EVERY === HALVE_EVERY - 1) to = (a + b) / 2;
    before = x;
    fBefore = fx;
    x = to;
    fx = f(x);
    if (Math.abs(fx) <= precision || b - a <= NARROWEST * b) break;
    if (fx < 0) a = x;
    else b = x;
  }
  return x;
}

/**
 * The x in [low, high] that `next` leaves where it is, by secants from `start` on: to `precision` of its value.
 *
 * `next` was called last at the x that is returned, give or take that precision, for what it leaves behind.
 */
export function fixedPoint(
  next: (x: number) => number,
  start: number,
  low: number,
  high: number,
  precision: number,
  rounds: number,
): number {
  let before = start;
  let gapBefore = next(before) - before;
  if (Math.abs(gapBefore) <= precision * before) return before;
  let x = Math.min(high, before + (start === low ? gapBefore / 2 : gapBefore));
  for (let round = 1; round < rounds; round++) {
    const gap = next(x) - x;
    if (Math.abs(gap) <= precision * x) break;
    const secant = x - (gap * (x - before)) / (gap - gapBefore);
    const inside = secant >= low && secant <= high;
    before = x;
    gapBefore = gap;
    const to = inside ? secant : Math.min(high, Math.max(low, x + gap / 2));
    if (to === x) break;
    x = to;
  }
  return x;
}
