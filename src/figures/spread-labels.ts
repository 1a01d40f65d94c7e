/**
 * Where labels stand so that none overlaps another.
 *
 * Keeps the order of `wanted` (ascending), gives every pair at least `gap`, and stays inside
 * [`from`, `to`] where there is room; without room the last ones run past `to`.
 */
export function spreadLabels(
  wanted: readonly number[],
  gap: number,
  from: number,
  to: number,
): readonly number[] {
  const placed = [...wanted];
  let floor = from;
  for (let i = 0; i < placed.length; i++) {
    placed[i] = Math.max(placed[i] ?? 0, floor);
    floor = (placed[i] ?? 0) + gap;
  }
  let ceiling = to;
  for (let i = placed.length - 1; i >= 0; i--) {
    placed[i] = Math.max(Math.min(placed[i] ?? 0, ceiling), from + i * gap);
    ceiling = (placed[i] ?? 0) - gap;
  }
  return placed;
}
