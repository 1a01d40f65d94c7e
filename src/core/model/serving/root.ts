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
