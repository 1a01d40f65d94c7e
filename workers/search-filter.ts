/** Which rows a view keeps. */
import type { SearchColumns, SearchDictionaries } from "../src/core/domain/search.ts";
import type { FacetCount, FacetName, SearchBrush, SearchFacets } from "../src/core/domain/search-view.ts";

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
  for (const code of new Set<number>(codes))
    if (values.includes(valueOf(name, code, names))) allowed.add(code);
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
    if (tests.length === 0 || tests.every(({ codes, allowed }) => allowed.has(codes[row] as number)))
      kept[length++] = row;
  }
  return length === kept.length ? kept : kept.slice(0, length);
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

/** Rows of each value among `rows`, most first; a value that no row of these has counts none. */
export function facetCounts(
  columns: SearchColumns,
  rows: Uint32Array,
  name: FacetName,
  names: SearchDictionaries,
): readonly FacetCount[] {
  const codes = columnOf(columns, name);
  const counts = new Int32Array(2 ** (8 * codes.BYTES_PER_ELEMENT)).fill(-1);
  for (let row = 0; row < columns.length; row++) counts[codes[row] as number] = 0;
  for (const row of rows) (counts[codes[row] as number] as number)++;
  const found: { code: number; value: string; count: number }[] = [];
  counts.forEach((count, code) => {
    if (count >= 0) found.push({ code, value: valueOf(name, code, names), count });
  });
  const byCode = name === "count" || name === "basis";
  found.sort((a, b) => (byCode ? a.code - b.code : b.count - a.count || (a.value < b.value ? -1 : 1)));
  return found.map(({ value, count }) => ({ value, count }));
}
