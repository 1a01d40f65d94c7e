/**
 * How the rows of a search are looked at: what is kept of them, in what order, and what a page shows.
 * Plain data that crosses workers; the rows themselves stay where they were found.
 */
import type { Plan } from "./plan.ts";
import type { Ranged } from "./provenance.ts";
import type { Rejection, SearchProgress, SearchRow } from "./search.ts";

/** What rows can be sorted by. `objective`: as the query ranks them. */
export type SearchSort = "objective" | "usd" | "speed" | "total" | "ttft" | "hour" | "size" | "users";

export type FacetName = "accelerator" | "count" | "weights" | "engine" | "basis";

/** Values of which a row must have one, for each name that lists any. */
export type SearchFacets = Readonly<Partial<Record<FacetName, readonly string[]>>>;

/** A box over the figure: from and to of $ per million output tokens, and of tokens/s of one user. */
export interface SearchBrush {
  readonly usd: readonly [number, number];
  readonly speed: readonly [number, number];
}

export interface SearchView {
  readonly sort: SearchSort;
  readonly descending: boolean;
  readonly facets: SearchFacets;
  readonly brush: SearchBrush | null;
}

/** One row with the plan behind it. `row`: its number among the rows found, good until the next search. */
export interface FoundRow {
  readonly row: number;
  readonly plan: Plan;
  readonly numbers: SearchRow;
}

/** The same row as `evaluate` tells it. */
export interface FoundDetail {
  readonly usdPerMillionOutputTokens: Ranged | null;
  readonly tokensPerSecondPerUser: Ranged | null;
  readonly outputTokensPerSecond: Ranged | null;
  readonly ttftMs: Ranged | null;
  /** Filled share of the fullest accelerator, or of the host where there is none. */
  readonly memoryUsed: number | null;
}

export interface FacetCount {
  readonly value: string;
  readonly count: number;
}

/** Steps of the cloud's grid in log10, both ways: about four pixels of a figure. */
export const CLOUD_STEP = 0.014;

/** Sizes that the cloud tells apart: up to so many accelerators. */
export const CLOUD_SIZES: readonly number[] = [2, 8, 16, Infinity];

/** Everything about a search besides its rows. */
export interface SearchSummary {
  readonly progress: SearchProgress;
  readonly finished: boolean;
  /** Ended before every candidate was decided. */
  readonly stopped: boolean;
  /** Rows that pass the facets, and those of them that lie in the brush. */
  readonly kept: number;
  readonly selected: number;
  /** Rows that pass the facets and have no price: in the table, not in the figure. */
  readonly unpriced: number;
  /** Of the rows that pass the facets: those that none beats in cost, speed and size, by cost. */
  readonly front: readonly FoundRow[];
  /** Positions in `front` that are on the line of cost against speed alone. */
  readonly skyline: readonly number[];
  /** Triples of grid column, grid row and position in `CLOUD_SIZES`; one for all rows that share them. */
  readonly cloud: Int16Array;
  readonly facets: Readonly<Record<FacetName, readonly FacetCount[]>>;
  /** Best of the selection so far, in the view's order; all others come by `rows`. */
  readonly top: readonly FoundRow[];
  /** Once finished. */
  readonly rejectedBy: readonly Rejection[];
}
