/** Which rows no other row beats, and in what order rows stand. */
import type { SearchColumns, SearchObjective } from "../domain/search.ts";

const at = (values: ArrayLike<number>, i: number): number => values[i] as number;

/** NaN (no price) stands behind every number. */
function compare(a: number, b: number): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : 1;
  if (Number.isNaN(b)) return -1;
  return a - b;
}

type Comparison = (a: number, b: number) => number;

function byCost(c: SearchColumns): Comparison {
  const cost = c.usdPerMillionOutputTokens;
  return (a, b) => compare(at(cost, a), at(cost, b));
}

function bySpeed(c: SearchColumns): Comparison {
  const speed = c.tokensPerSecondPerUser;
  return (a, b) => at(speed, b) - at(speed, a);
}

function bySize(c: SearchColumns): Comparison {
  return (a, b) => at(c.accelerators, a) - at(c.accelerators, b);
}

function sorted(
  columns: SearchColumns,
  first: Comparison,
  second: Comparison,
  third: Comparison,
): Uint32Array {
  const order = new Uint32Array(columns.length);
  for (let i = 0; i < order.length; i++) order[i] = i;
  const { candidate } = columns;
  return order.sort(
    (a, b) => first(a, b) || second(a, b) || third(a, b) || at(candidate, a) - at(candidate, b),
  );
}

/** Row numbers, best first. Ties by the other aims, then by candidate, so that the order is total. */
export function rankRows(columns: SearchColumns, objective: SearchObjective): Uint32Array {
  const cost = byCost(columns);
  const speed = bySpeed(columns);
  const size = bySize(columns);
  if (objective === "fastest") return sorted(columns, speed, cost, size);
  if (objective === "smallest") return sorted(columns, size, cost, speed);
  return sorted(columns, cost, speed, size);
}

/**
 * Rows that no other row beats or equals in all of cost, speed and size while beating it in one.
 *
 *   O(n log n): by cost, then for each size the fastest so far among clusters no larger (a Fenwick tree)
 *
 * `order`: the rows, cheapest first, where the caller has them. Of rows equal in all three the first candidate stands. Rows without a price compare behind all others.
 */
export function paretoFront(columns: SearchColumns, order = rankRows(columns, "cheapest")): Uint32Array {
  const sizes = [...new Set(columns.accelerators.subarray(0, columns.length))].sort((a, b) => a - b);
  const position = new Map(sizes.map((size, i) => [size, i + 1]));
  const fastest = new Float64Array(sizes.length + 1).fill(-Infinity);
  const front: number[] = [];
  for (const row of order) {
    const speed = at(columns.tokensPerSecondPerUser, row);
    const place = position.get(at(columns.accelerators, row)) ?? 1;
    let best = -Infinity;
    for (let i = place; i > 0; i -= i & -i) best = Math.max(best, at(fastest, i));
    if (speed <= best) continue;
    front.push(row);
    for (let i = place; i < fastest.length; i += i & -i) fastest[i] = Math.max(at(fastest, i), speed);
  }
  return Uint32Array.from(front);
}

/** The line of cost against speed alone: the cheapest, then each next faster one. Rows with a price only. */
export function skyline(columns: SearchColumns, order = rankRows(columns, "cheapest")): Uint32Array {
  const line: number[] = [];
  let best = -Infinity;
  for (const row of order) {
    if (Number.isNaN(at(columns.usdPerMillionOutputTokens, row))) break;
    const speed = at(columns.tokensPerSecondPerUser, row);
    if (speed <= best) continue;
    best = speed;
    line.push(row);
  }
  return Uint32Array.from(line);
}
