/** Which rows a view keeps. */
import type { SearchColumns, SearchDictionaries } from "../src/core/domain/search.ts";
import type {
  FacetCount,
  FacetName,
  SearchBrush,
  SearchFacets,
  SearchView,
} from "../src/core/domain/search-view.ts";

export const FACET_NAMES: readonly FacetName[] = ["accelerator", "count", "weights", "engine", "basis"];

/** Rows on the host's processors alone have no accelerator; a link needs a word for it. */
const NO_ACCELERATOR = "none";

type Small = Uint8Array | Uint16Array;

const columnOf = (columns: SearchColumns, name: FacetName): Small =>
  name === "count" ? columns.accelerators : columns[name];

function valueOf(name: FacetName, code: number, names: SearchDictionaries): string {
  switch (name) {
    case "accelerator":
      return names.accelerators[code] ?? NO_ACCELERATOR;
    case "count":
      return String(code);
    case "weights":
      return names.weights[code] ?? "";
    case "engine":
      return names.engines[code] ?? "";
    case "basis":
      return names.bases[code] ?? "";
  }
}

/** For each code of a column whether its value is asked for; undefined: all are. */
function wanted(name: FacetName, facets: SearchFacets, codes: Small, names: SearchDictionaries) {
  const values = facets[name];
  if (values === undefined || values.length === 0) return undefined;
  const allowed = new Set<number>();
  for (const code of new Set(codes)) if (values.includes(valueOf(name, code, names))) allowed.add(code);
  return allowed;
}

/** Row numbers that pass every facet besides `except`. */
export function keptRows(
  columns: SearchColumns,
  facets: SearchFacets,
  names: SearchDictionaries,
  except?: FacetName,
): Uint32Array {
  const tests = FACET_NAMES.filter((name) => name !== except).flatMap((name) => {
    const codes = columnOf(columns, name);
    const allowed = wanted(name, facets, codes, names);
    return allowed === undefined ? [] : [{ codes, allowed }];
  });
  const kept = new Uint32Array(columns.length);
  let length = 0;
  for (let row = 0; row < columns.length; row++) {
    if (tests.every(({ codes, allowed }) => allowed.has(codes[row] as number))) kept[length++] = row;
  }
  return kept.slice(0, length);
}

export function selectedRows(
  columns: SearchColumns,
  rows: Uint32Array,
  brush: SearchBrush | null,
): Uint32Array {
  if (brush === null) return rows;
  const { usdPerMillionOutputTokens: usd, tokensPerSecondPerUser: speed } = columns;
  return rows.filter((row) => inside(brush.usd, usd[row]) && inside(brush.speed, speed[row]));
}

const inside = ([from, to]: readonly [number, number], value: number | undefined): boolean =>
  value !== undefined && value >= from && value <= to;

/** Rows of each value that the other facets and the brush keep, most first. */
export function facetCounts(
  columns: SearchColumns,
  view: SearchView,
  name: FacetName,
  names: SearchDictionaries,
): readonly FacetCount[] {
  const codes = columnOf(columns, name);
  const counts = new Map<number, number>();
  for (const code of new Set(codes.subarray(0, columns.length))) counts.set(code, 0);
  const rows = selectedRows(columns, keptRows(columns, view.facets, names, name), view.brush);
  for (const row of rows) counts.set(codes[row] as number, (counts.get(codes[row] as number) ?? 0) + 1);
  const found = [...counts].map(([code, count]) => ({ code, value: valueOf(name, code, names), count }));
  const byCode = name === "count" || name === "basis";
  found.sort((a, b) => (byCode ? a.code - b.code : b.count - a.count || (a.value < b.value ? -1 : 1)));
  return found.map(({ value, count }) => ({ value, count }));
}
