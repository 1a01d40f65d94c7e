/** What the page may ask of a search worker. Two of them share a search; one keeps what both find. */
import type { SearchBatch, SearchProgress, SearchQuery, SearchTally } from "../src/core/domain/search.ts";
import type { FoundDetail, FoundRow, SearchSummary, SearchView } from "../src/core/domain/search-view.ts";

export interface SearchJob {
  /** Rises with every search: an older one ends at its next batch. */
  readonly ticket: number;
  readonly query: SearchQuery;
  readonly part: number;
  readonly parts: number;
}

export interface SearchWorkerApi {
  /** Does nothing: a call starts a worker. */
  wake(): Promise<void>;
  /**
   * Decides a part of a question whose answers came from elsewhere, for the sake of compiled code alone: the next
   * question takes a third of the time. Ends with the next search or cancellation.
   */
  heat(query: SearchQuery, part: number, parts: number): Promise<void>;
  /** Runs one part and keeps its rows here. `null`: a newer search took its place. */
  lead(job: SearchJob, onProgress: (progress: SearchProgress) => unknown): Promise<SearchTally | null>;
  /** Runs one part and hands its rows over; ends once `onBatch` has answered for all of them. */
  help(job: SearchJob, onBatch: (batch: SearchBatch) => unknown): Promise<SearchTally | null>;
  /** Rows that the other worker found. */
  add(ticket: number, batch: SearchBatch): Promise<void>;
  /** All parts are through. */
  end(ticket: number, tallies: readonly SearchTally[]): Promise<void>;
  /** Ends the search at its next batch; what was found stays. */
  cancel(ticket: number): Promise<void>;
  look(ticket: number, view: SearchView): Promise<SearchSummary | null>;
  /** Rows `from` up to `to` of the view; null: of an older search. */
  rows(ticket: number, view: SearchView, from: number, to: number): Promise<readonly FoundRow[] | null>;
  /** By candidate number: these outlive the order of rows. */
  details(ticket: number, candidates: readonly number[]): Promise<readonly FoundDetail[] | null>;
}
