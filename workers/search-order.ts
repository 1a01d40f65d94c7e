/** In what order a view stands, and what no other row beats, over some of the rows. */
import type { SearchColumns, SearchObjective } from "../src/core/domain/search.ts";
import type { SearchSort, SearchView } from "../src/core/domain/search-view.ts";
import { paretoFront, skyline } from "../src/core/search/pareto.ts";

type Key = Exclude<SearchSort, "objective">;

const KEY_OF: Readonly<Record<SearchObjective, Key>> = {
  cheapest: "usd",
  fastest: "speed",
  smallest: "size",
};

/** Ties: cheaper, then faster, then smaller. */
const TIES: readonly Key[] = ["usd", "speed", "size"];
/** More of these is better. */
const RISING: ReadonlySet<Key> = new Set(["speed", "total", "users"]);

function columnOf(columns: SearchColumns, key: Key): Float64Array | Uint16Array | Uint32Array {
  switch (key) {
    case "usd":
      return columns.usdPerMillionOutputTokens;
    case "speed":
      return columns.tokensPerSecondPerUser;
    case "total":
      return columns.outputTokensPerSecond;
    case "ttft":
      return columns.ttftMs;
    case "hour":
      return columns.usdPerHour;
    case "size":
      return columns.accelerators;
    case "users":
      return columns.users;
  }
}

/** Rows in the view's order; unknown values last either way, ties by what is better, then by candidate. */
export function orderRows(
  columns: SearchColumns,
  rows: Uint32Array,
  { sort, descending }: Pick<SearchView, "sort" | "descending">,
  objective: SearchObjective,
): Uint32Array {
  return rows.slice().sort(comparisonOf(columns, { sort, descending }, objective));
}

/** The first `count` rows of the same order, without sorting the rest. */
export function firstRows(
  columns: SearchColumns,
  rows: Uint32Array,
  view: Pick<SearchView, "sort" | "descending">,
  objective: SearchObjective,
  count: number,
): Uint32Array {
  const compare = comparisonOf(columns, view, objective);
  const first: number[] = [];
  for (const row of rows) {
    const last = first[first.length - 1];
    if (first.length === count && last !== undefined && compare(row, last) >= 0) continue;
    const at = first.findIndex((other) => compare(row, other) < 0);
    first.splice(at < 0 ? first.length : at, 0, row);
    if (first.length > count) first.pop();
  }
  return Uint32Array.from(first);
}

function comparisonOf(
  columns: SearchColumns,
  { sort, descending }: Pick<SearchView, "sort" | "descending">,
  objective: SearchObjective,
): (a: number, b: number) => number {
  const first = sort === "objective" ? KEY_OF[objective] : sort;
  const sign = (sort === "objective" ? RISING.has(first) : descending) ? -1 : 1;
  const keys = [
    { values: columnOf(columns, first), sign },
    ...TIES.filter((key) => key !== first).map((key) => ({
      values: columnOf(columns, key),
      sign: RISING.has(key) ? -1 : 1,
    })),
  ];
  const { candidate } = columns;
  return (a, b) => {
    for (const { values, sign: s } of keys) {
      const [x, y] = [values[a] as number, values[b] as number];
      if (x === y) continue;
      if (Number.isNaN(x)) {
        if (Number.isNaN(y)) continue;
        return 1;
      }
      if (Number.isNaN(y)) return -1;
      return s * (x - y);
    }
    return (candidate[a] as number) - (candidate[b] as number);
  };
}

/**
 * The few rows of many that may be on the front: for each size and each small step of cost the fastest.
 * A front of them is the front of all, and only they need sorting.
 */
function contenders(columns: SearchColumns, rows: Uint32Array): Uint32Array {
  const best = new Map<number, number[]>();
  const { usdPerMillionOutputTokens: usd, tokensPerSecondPerUser: speed, accelerators } = columns;
  const fastestBelow = new Map<number, { usd: number; speed: number }[]>();
  for (const row of rows) {
    const size = accelerators[row] as number;
    const [cost, rate] = [usd[row] as number, speed[row] as number];
    const seen = fastestBelow.get(size) ?? [];
    if (seen.some((other) => other.usd < cost && other.speed > rate)) continue;
    if (seen.length < 8) seen.push({ usd: cost, speed: rate });
    else replaceWeakest(seen, { usd: cost, speed: rate });
    fastestBelow.set(size, seen);
    const list = best.get(size) ?? [];
    list.push(row);
    best.set(size, list);
  }
  return Uint32Array.from([...best.values()].flat());
}

/** The guards that beat most: those with the least cost for their speed. */
function replaceWeakest(
  guards: { usd: number; speed: number }[],
  next: { usd: number; speed: number },
): void {
  const at = guards.findIndex((guard) => next.usd <= guard.usd && next.speed >= guard.speed);
  if (at >= 0) guards[at] = next;
}

/** The front and the line of cost against speed alone, from one sorting. */
export function frontAndLine(
  columns: SearchColumns,
  rows: Uint32Array,
): { readonly front: Uint32Array; readonly skyline: Uint32Array } {
  const order = orderRows(columns, contenders(columns, rows), { sort: "usd", descending: false }, "cheapest");
  return { front: paretoFront(columns, order), skyline: skyline(columns, order) };
}
