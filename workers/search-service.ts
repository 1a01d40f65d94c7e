/** A search worker: one part of a search, and, in the leading one, what all parts found. */
import { transfer } from "comlink";
import answersAddress from "virtual:search-answers";
import type { OpTableSet } from "../src/core/domain/op-tables.ts";
import type { AcceleratorId } from "../src/core/domain/plan.ts";
import type { SearchBatch, SearchQuery, SearchTally } from "../src/core/domain/search.ts";
import type { Estimate } from "../src/core/domain/estimate.ts";
import type { FoundDetail } from "../src/core/domain/search-view.ts";
import { evaluate } from "../src/core/model/evaluate.ts";
import { planOfCandidate } from "../src/core/search/enumerate.ts";
import { modelFacts, type SearchFacts } from "../src/core/search/family-facts.ts";
import { AnswersFile } from "../src/core/search/answers-file.ts";
import { KnownInstances } from "../src/core/search/known.ts";
import { transferable } from "../src/core/search/rows.ts";
import { search, type SearchControl } from "../src/core/search/search.ts";
import { catalog, loadOpTables } from "../src/planner-data.ts";
import type { SearchJob, SearchWorkerApi } from "./search-api.ts";
import { SearchBook } from "./search-book.ts";

const opTables = new Map<AcceleratorId, OpTableSet>();
const facts: SearchFacts = { catalog, opTables };
const loads = new Map<AcceleratorId, Promise<void>>();

/** Tables of an accelerator, once; undefined where they are there. A failed load is tried again. */
function tables(id: AcceleratorId): Promise<void> | undefined {
  if (opTables.has(id)) return undefined;
  let loading = loads.get(id);
  if (loading === undefined) {
    loading = loadOpTables(id).then((set) => {
      if (set !== null) opTables.set(id, set);
    });
    loads.set(id, loading);
    loading.catch(() => loads.delete(id));
  }
  return loading;
}

/** All at once, so that none is waited for in turn; after the first rows, which need one. */
function loadAllTables(): void {
  for (const id of catalog.accelerators.keys()) if (!loads.has(id)) tables(id)?.catch(() => undefined);
}

/** Lets messages in: a cancellation waits no longer than one batch. */
function breathe(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** The rows on show are asked for between two batches of this. */
const HEAT_WORK = 200;
const HEAT_MS = 30_000;

/** What the build worked out. Without it everything is worked out here. */
async function loadAnswers(): Promise<AnswersFile | null> {
  if (answersAddress === null) return null;
  try {
    const response = await fetch(answersAddress);
    if (!response.ok || response.body === null) return null;
    const unpacked = response.body.pipeThrough(new DecompressionStream("gzip"));
    return new AnswersFile(await new Response(unpacked).arrayBuffer());
  } catch {
    return null;
  }
}

/** One worker's state. */
export class SearchWorker implements SearchWorkerApi {
  private newest = 0;
  /** Searches and cancellations so far. */
  private calls = 0;
  private cancelled = 0;
  private book: SearchBook | null = null;
  private readonly known = loadAnswers().then((answers) => new KnownInstances(answers));

  wake(): Promise<void> {
    return Promise.resolve();
  }

  async heat(query: SearchQuery, part: number, parts: number): Promise<void> {
    if (!(await this.known).isLearntElsewhere(query)) return;
    const { calls } = this;
    const until = performance.now() + HEAT_MS;
    const shouldStop = () => this.calls !== calls || performance.now() > until;
    const batches = search(query, facts, { part, parts, shouldStop, tables, batchWork: HEAT_WORK });
    while (!(await batches.next()).done) await breathe();
  }

  async lead(
    job: SearchJob,
    onProgress: Parameters<SearchWorkerApi["lead"]>[1],
  ): Promise<SearchTally | null> {
    this.book = new SearchBook(job.query, catalog, job.ticket);
    const { book } = this;
    const onBatch = (batch: SearchBatch) => {
      book.add(job.part, batch);
      return onProgress(batch.progress);
    };
    return this.run(job, onBatch, { space: book.space });
  }

  help(job: SearchJob, onBatch: (batch: SearchBatch) => unknown): Promise<SearchTally | null> {
    return this.run(job, (batch) => onBatch(transfer(batch, transferable(batch.rows))));
  }

  add(ticket: number, batch: SearchBatch): Promise<void> {
    this.bookOf(ticket)?.add(1, batch);
    return Promise.resolve();
  }

  end(ticket: number, tallies: readonly SearchTally[]): Promise<void> {
    this.bookOf(ticket)?.end(tallies);
    return Promise.resolve();
  }

  cancel(ticket: number): Promise<void> {
    this.calls++;
    this.cancelled = ticket;
    return Promise.resolve();
  }

  look(...[ticket, view]: Parameters<SearchWorkerApi["look"]>): ReturnType<SearchWorkerApi["look"]> {
    return Promise.resolve(this.bookOf(ticket)?.look(view) ?? null);
  }

  rows(
    ...[ticket, view, from, to]: Parameters<SearchWorkerApi["rows"]>
  ): ReturnType<SearchWorkerApi["rows"]> {
    return Promise.resolve(this.bookOf(ticket)?.window(view, from, to) ?? null);
  }

  async details(ticket: number, candidates: readonly number[]): Promise<readonly FoundDetail[] | null> {
    const book = this.bookOf(ticket);
    if (book === null) return null;
    const plans = candidates.map((candidate) => planOfCandidate(book.space, candidate));
    for (const { cluster } of plans) if (cluster.accelerator !== undefined) await tables(cluster.accelerator);
    return plans.map((plan) => detailOf(evaluate(plan, modelFacts(facts, plan.cluster.accelerator))));
  }

  private async run(
    job: SearchJob,
    onBatch: (batch: SearchBatch) => unknown,
    space: Pick<SearchControl, "space"> = {},
  ): Promise<SearchTally | null> {
    this.calls++;
    this.newest = Math.max(this.newest, job.ticket);
    const overtaken = () => this.newest !== job.ticket;
    const { query, part, parts } = job;
    const known = await this.known;
    const shouldStop = () => overtaken() || this.cancelled === job.ticket;
    const batches = search(query, facts, { part, parts, known, shouldStop, tables, ...space });
    // batches leave by a port of their own: without an answer to each the tally may arrive before them
    const taken: unknown[] = [];
    for (;;) {
      const next = await batches.next();
      if (overtaken()) return null;
      if (next.done) {
        await Promise.all(taken);
        return overtaken() ? null : next.value;
      }
      taken.push(onBatch(next.value));
      loadAllTables();
      await breathe();
    }
  }

  private bookOf(ticket: number): SearchBook | null {
    return this.book?.ticket === ticket ? this.book : null;
  }
}

function detailOf({ memory, performance, cost }: Estimate): FoundDetail {
  const accelerators = memory?.ranks.filter(({ kind }) => kind === "accelerator") ?? [];
  const ranks = accelerators.length > 0 ? accelerators : (memory?.ranks ?? []);
  const filled = ranks.map(
    (rank) => (rank.weights + rank.activations + rank.runtime + rank.kvCacheNeeded) / rank.capacity,
  );
  return {
    usdPerMillionOutputTokens: cost?.ranges.usdPerMillionOutputTokens ?? null,
    tokensPerSecondPerUser: performance?.outputTokensPerSecondPerUser ?? null,
    outputTokensPerSecond: performance?.outputTokensPerSecond ?? null,
    ttftMs: performance?.ttftMs ?? null,
    memoryUsed: filled.length > 0 ? Math.max(...filled) : null,
  };
}
