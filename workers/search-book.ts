/** The rows that a search has found so far, and the views of them. */
import type { Catalog } from "../src/core/domain/catalog.ts";
import type {
  SearchBatch,
  SearchColumns,
  SearchProgress,
  SearchQuery,
  SearchResult,
  SearchTally,
} from "../src/core/domain/search.ts";
import type { FacetName, FoundRow, SearchSummary, SearchView } from "../src/core/domain/search-view.ts";
import { enumerateSpace, planOfCandidate, type SearchSpace } from "../src/core/search/enumerate.ts";
import { allocateColumns, COLUMN_NAMES } from "../src/core/search/rows.ts";
import { mergeParts, rowAt, searchDictionaries } from "../src/core/search/search.ts";
import { cloudOf } from "./search-cloud.ts";
import { FACET_NAMES, facetCounts, keptRows, selectedRows } from "./search-filter.ts";
import { firstRows, frontAndLine, orderRows } from "./search-order.ts";

/** Rows that a running search shows; afterwards the page asks for any window of them. */
const TOP_ROWS = 40;

interface Prepared {
  readonly key: string;
  /** What the facets keep, and of that what lies in the brush, in its order. */
  readonly kept: Uint32Array;
  readonly selected: Uint32Array;
  readonly order: Uint32Array;
}

/** One search's rows. Until the end they are looked at as they stand; the end merges and ranks them. */
export class SearchBook {
  readonly space: SearchSpace;
  private readonly names;
  private batches: SearchColumns[] = [];
  private columns: SearchColumns | null = null;
  private result: SearchResult | null = null;
  private prepared: Prepared | null = null;
  private readonly progress = new Map<number, SearchProgress>();

  readonly ticket: number;

  constructor(query: SearchQuery, catalog: Catalog, ticket: number) {
    this.ticket = ticket;
    this.space = enumerateSpace(query, catalog);
    this.names = searchDictionaries(catalog);
  }

  /** Throws an Error after the end: rows that come then would stand for all. */
  add(part: number, { rows, progress }: SearchBatch): void {
    if (this.result !== null) throw new Error("rows arrived after the end of their search");
    this.progress.set(part, progress);
    if (rows.length === 0) return;
    this.batches.push(rows);
    this.columns = null;
    this.prepared = null;
  }

  end(tallies: readonly SearchTally[]): void {
    const parts = tallies.map((tally, i) => ({ rows: i === 0 ? this.batches : [], tally }));
    this.result = mergeParts(this.space, parts);
    this.columns = this.result.rows;
    this.batches = [];
    this.prepared = null;
  }

  look(view: SearchView): SearchSummary {
    const columns = this.rowsSoFar();
    const { kept, selected, order } = this.prepare(view);
    const { front, skyline } = this.frontOf(kept);
    const line = new Set(skyline);
    const found = [...front].map((row) => this.found(row));
    return {
      progress: this.total(),
      finished: this.result !== null,
      stopped: this.result?.stopped ?? false,
      kept: kept.length,
      selected: selected.length,
      unpriced: countUnpriced(columns, kept),
      front: found,
      skyline: found.flatMap(({ row }, i) => (line.has(row) ? [i] : [])),
      cloud: cloudOf(columns, kept),
      facets: this.facets(view),
      top: [...order.subarray(0, TOP_ROWS)].map((row) => this.found(row)),
      rejectedBy: this.result?.rejectedBy ?? [],
    };
  }

  window(view: SearchView, from: number, to: number): readonly FoundRow[] {
    return [...this.prepare(view).order.subarray(from, to)].map((row) => this.found(row));
  }

  found(row: number): FoundRow {
    const numbers = rowAt(this.rowsSoFar(), row, this.names);
    return { row, plan: planOfCandidate(this.space, numbers.candidate), numbers };
  }

  /** Of all rows of an ended search it is known already. */
  private frontOf(kept: Uint32Array): Pick<SearchResult, "front" | "skyline"> {
    if (this.result !== null && kept.length === this.result.rows.length) return this.result;
    return frontAndLine(this.rowsSoFar(), kept);
  }

  /** Each counts the rows that the other facets and the brush keep. */
  private facets(view: SearchView): SearchSummary["facets"] {
    const columns = this.rowsSoFar();
    const { selected } = this.prepare(view);
    const counts = FACET_NAMES.map((name) => {
      const without = () => keptRows(columns, view.facets, this.names, name);
      const rows = view.facets[name] === undefined ? selected : selectedRows(columns, without(), view.brush);
      return [name, facetCounts(columns, rows, name, this.names)] as const;
    });
    return Object.fromEntries(counts) as Record<FacetName, (typeof counts)[number][1]>;
  }

  /** Filtering and sorting once a view; scrolling asks for windows of the same order. */
  private prepare(view: SearchView): Prepared {
    const key = JSON.stringify(view);
    if (this.prepared?.key === key) return this.prepared;
    const columns = this.rowsSoFar();
    const kept = keptRows(columns, view.facets, this.names);
    const selected = selectedRows(columns, kept, view.brush);
    this.prepared = { key, kept, selected, order: this.order(selected, view) };
    return this.prepared;
  }

  private order(selected: Uint32Array, view: SearchView): Uint32Array {
    const columns = this.rowsSoFar();
    const { objective } = this.space.query;
    if (this.result === null) return firstRows(columns, selected, view, objective, TOP_ROWS);
    const asRanked = view.sort === "objective" && selected.length === columns.length;
    return asRanked ? this.result.ranked : orderRows(columns, selected, view, objective);
  }

  private rowsSoFar(): SearchColumns {
    if (this.columns === null) {
      this.columns = concatenated(this.batches);
      this.batches = [this.columns];
    }
    return this.columns;
  }

  private total(): SearchProgress {
    let tried = 0;
    let feasible = 0;
    for (const part of this.progress.values()) {
      tried += part.tried;
      feasible += part.feasible;
    }
    const { result } = this;
    if (result) return { tried: result.tried, total: result.total, feasible: result.feasible };
    return { tried, total: this.space.total, feasible };
  }
}

function countUnpriced({ usdPerMillionOutputTokens }: SearchColumns, rows: Uint32Array): number {
  let count = 0;
  for (const row of rows) if (Number.isNaN(usdPerMillionOutputTokens[row])) count++;
  return count;
}

/** As they came: the end puts them in their order once. */
function concatenated(batches: readonly SearchColumns[]): SearchColumns {
  const joined = allocateColumns(batches.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const batch of batches) {
    for (const name of COLUMN_NAMES) joined[name].set(batch[name], at);
    at += batch.length;
  }
  return joined;
}
