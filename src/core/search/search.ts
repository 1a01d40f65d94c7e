/** Search over every layout: batches of survivors as they are found, in parts that merge. */
import type { Catalog } from "../domain/catalog.ts";
import type { AcceleratorId } from "../domain/plan.ts";
import type {
  NearMisses,
  SearchBatch,
  SearchColumns,
  SearchDictionaries,
  SearchQuery,
  SearchResult,
  SearchRow,
  SearchTally,
} from "../domain/search.ts";
import { enumerateSpace, partOf, type SearchSpace } from "./enumerate.ts";
import type { SearchFacts } from "./family-facts.ts";
import { Judge } from "./judge.ts";
import { KnownInstances } from "./known.ts";
import { paretoFront, rankRows, skyline } from "./pareto.ts";
import { rejections } from "./relax.ts";
import { joinColumns, RowStore } from "./rows.ts";
import { Tally } from "./tally.ts";

export interface SearchControl {
  /** Part `part` of `parts` of the space; parts merge into the whole. */
  readonly part?: number;
  readonly parts?: number;
  /** Asked between batches. A promise gives a worker the time to hear that it should. */
  readonly shouldStop?: () => boolean | Promise<boolean>;
  /** Solver runs in a batch at most. */
  readonly batchWork?: number;
  /** What earlier searches learnt; this one adds to it. */
  readonly known?: KnownInstances;
  /** The query's space, where the caller has it. */
  readonly space?: SearchSpace;
  /** Waited for before the candidates of an accelerator are decided: its tables may be on their way. */
  readonly tables?: (accelerator: AcceleratorId) => Promise<unknown> | undefined;
}

/**
 * Solver runs in a batch: some tens of milliseconds. The first batch goes as soon as it holds a row, and those
 * after it grow, so that who looks at the first rows is answered soon.
 */
const BATCH_WORK = 3000;
const FIRST_BATCH_WORK = 100;

/** What the columns' small numbers mean; the same for every query. */
export function searchDictionaries(catalog: Catalog): SearchDictionaries {
  return {
    engines: [...catalog.engines.keys()].sort(),
    weights: [...catalog.weightFormats.keys()].sort(),
    accelerators: [null, ...[...catalog.accelerators.keys()].sort()],
    bases: ["measured", "interpolated", "calibrated", "extrapolated", "assumed"],
  };
}

/**
 * Decides every candidate of a query, or of one part of them.
 *
 * Yields batches of survivors with the progress of this part; returns the tally of what fell. Between two
 * batches the caller has the thread: it may stop the search, post the batch, or see to other messages.
 * Deterministic: the same query gives the same rows in the same order, whatever the timing.
 */
export async function* search(
  query: SearchQuery,
  facts: SearchFacts,
  control: SearchControl = {},
): AsyncGenerator<SearchBatch, SearchTally> {
  const { part = 0, parts = 1, shouldStop = () => false, known = new KnownInstances() } = control;
  const { space = enumerateSpace(query, facts.catalog), batchWork = BATCH_WORK, tables } = control;
  const mine = space.families.filter((family) => parts === 1 || partOf(family, parts) === part);
  const perLoad = space.loads.length;
  const total = mine.reduce((sum, family) => sum + family.arrangements.length * perLoad, 0);
  const tally = new Tally();
  const rows = new RowStore();
  const judge = new Judge(space, facts, searchDictionaries(facts.catalog), tally, rows, known);
  const batch = (): SearchBatch => ({
    progress: { tried: tally.tried, total, feasible: tally.feasible },
    rows: rows.take(),
  });
  let most = 0;
  for (const family of mine) {
    const { accelerator } = family;
    const loading = accelerator === undefined || known.isWhole(family) ? undefined : tables?.(accelerator);
    if (loading) await loading;
    judge.family(family);
    if (judge.work < (most || batchWork) && !(most === 0 && rows.size > 0)) continue;
    most = Math.min(batchWork, Math.max(FIRST_BATCH_WORK, 2 * most));
    judge.work = 0;
    yield batch();
    if (await shouldStop()) return tally.finish(true);
  }
  yield batch();
  return tally.finish(false);
}

/** All rows of one part, with its tally. */
export interface SearchPart {
  readonly rows: readonly SearchColumns[];
  readonly tally: SearchTally;
}

/** Parts of one query as one result; the order of parts and the bounds of batches leave no trace. */
export function mergeParts(space: SearchSpace, parts: readonly SearchPart[]): SearchResult {
  const rows = joinColumns(parts.flatMap((part) => part.rows));
  const rejected = new Float64Array(parts[0]?.tally.rejected.length ?? 0);
  for (const { tally } of parts) {
    tally.rejected.forEach((count, i) => (rejected[i] = (rejected[i] ?? 0) + count));
  }
  const { objective } = space.query;
  const byCost = rankRows(rows, "cheapest");
  return {
    tried: parts.reduce((sum, { tally }) => sum + tally.tried, 0),
    total: space.total,
    stopped: parts.some(({ tally }) => tally.stopped),
    feasible: rows.length,
    rows,
    ranked: objective === "cheapest" ? byCost : rankRows(rows, objective),
    front: paretoFront(rows, byCost),
    skyline: skyline(rows, byCost),
    rejectedBy: rejections(space.query, rejected, joinMisses(parts.map(({ tally }) => tally.nearMisses))),
  };
}

function joinMisses(all: readonly NearMisses[]): NearMisses {
  const length = all.reduce((sum, misses) => sum + misses.length, 0);
  const joined: NearMisses = {
    length,
    cause: new Uint8Array(length),
    candidate: new Uint32Array(length),
    needed: new Float64Array(length),
    rank: new Float64Array(length),
    usdPerMillionOutputTokens: new Float64Array(length),
  };
  let at = 0;
  for (const misses of all) {
    joined.cause.set(misses.cause, at);
    joined.candidate.set(misses.candidate, at);
    joined.needed.set(misses.needed, at);
    joined.rank.set(misses.rank, at);
    joined.usdPerMillionOutputTokens.set(misses.usdPerMillionOutputTokens, at);
    at += misses.length;
  }
  return joined;
}

/** The whole search at once: for the command line and tests. */
export async function searchAll(
  query: SearchQuery,
  facts: SearchFacts,
  control: SearchControl = {},
): Promise<SearchResult> {
  return mergeParts(enumerateSpace(query, facts.catalog), [await runPart(query, facts, control)]);
}

/** One part to its end, its batches gathered. */
export async function runPart(
  query: SearchQuery,
  facts: SearchFacts,
  control: SearchControl = {},
): Promise<SearchPart> {
  const rows: SearchColumns[] = [];
  const batches = search(query, facts, control);
  for (;;) {
    const next = await batches.next();
    if (next.done) return { rows, tally: next.value };
    rows.push(next.value.rows);
  }
}

/** One row as an object. */
export function rowAt(columns: SearchColumns, i: number, names: SearchDictionaries): SearchRow {
  const price = (value: number | undefined) => (value === undefined || Number.isNaN(value) ? null : value);
  const number = (values: ArrayLike<number>) => values[i] ?? Number.NaN;
  return {
    candidate: number(columns.candidate),
    engine: names.engines[number(columns.engine)] ?? "vllm",
    weights: names.weights[number(columns.weights)] ?? "",
    accelerator: names.accelerators[number(columns.accelerator)] ?? null,
    accelerators: number(columns.accelerators),
    users: number(columns.users),
    usdPerMillionOutputTokens: price(columns.usdPerMillionOutputTokens[i]),
    usdPerHour: price(columns.usdPerHour[i]),
    tokensPerSecondPerUser: number(columns.tokensPerSecondPerUser),
    outputTokensPerSecond: number(columns.outputTokensPerSecond),
    ttftMs: number(columns.ttftMs),
    basis: names.bases[number(columns.basis)] ?? "assumed",
  };
}
