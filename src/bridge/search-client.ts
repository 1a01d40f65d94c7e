import { proxy, transfer, type Remote } from "comlink";
import { fail, ok, type Result } from "../core/domain/result.ts";
import type { SearchBatch, SearchProgress, SearchQuery, SearchTally } from "../core/domain/search.ts";
import type { FoundDetail, FoundRow, SearchSummary, SearchView } from "../core/domain/search-view.ts";
import type { SearchJob, SearchWorkerApi } from "../../workers/search-api.ts";
import { WorkerHost, type BridgeFailure } from "./worker-host.ts";

/** While a search runs the page looks at it about this often, and never spends more than a third on looking. */
const LOOK_EVERY_MS = 120;
const LOOK_SHARE = 1 / 3;

type Api = Remote<SearchWorkerApi> | SearchWorkerApi;

export interface SearchEvents {
  readonly view: () => SearchView;
  readonly onProgress: (progress: SearchProgress) => void;
  readonly onSummary: (summary: SearchSummary, view: SearchView) => void;
}

/**
 * The page's side of two search workers: each decides half of the candidates, the leading one keeps all rows.
 *
 * Newest wins: a search that another one overtakes answers `undefined`.
 */
export class SearchClient {
  readonly #lead = host();
  readonly #helper = host();
  readonly parts: number;
  #ticket = 0;
  #heated = false;

  constructor(cores = navigator.hardwareConcurrency) {
    this.parts = cores > 1 && typeof Worker !== "undefined" ? 2 : 1;
  }

  /** Starts the workers: a search is near. */
  wake(): void {
    for (const worker of this.#workers) void worker.call((api) => api.wake());
  }

  /** After a first search: the workers make themselves ready for another question, until one comes. */
  heat(query: SearchQuery): void {
    if (this.#heated) return;
    this.#heated = true;
    const workers = this.#workers;
    workers.forEach((worker, part) => void worker.call((api) => api.heat(query, part, workers.length)));
  }

  async search(query: SearchQuery, events: SearchEvents): Promise<Result<null, BridgeFailure> | undefined> {
    const ticket = ++this.#ticket;
    const looking = this.#looker(ticket, events);
    const progress = new Map<number, SearchProgress>();
    const advance = (part: number, made: SearchProgress) => {
      if (ticket !== this.#ticket) return;
      progress.set(part, made);
      events.onProgress(sum([...progress.values()]));
      looking();
    };
    const job = (part: number): SearchJob => ({ ticket, query, part, parts: this.parts });
    const lead = this.#lead.call((api) =>
      api.lead(
        job(0),
        proxy((made: SearchProgress) => advance(0, made)),
      ),
    );
    const parts = [lead, ...(this.parts > 1 ? [this.#help(job(1), (made) => advance(1, made))] : [])];
    const tallies: SearchTally[] = [];
    for (const answer of await Promise.all(parts)) {
      if (ticket !== this.#ticket) return undefined;
      if (!answer.ok) return answer;
      if (answer.value === null) return undefined;
      tallies.push(answer.value);
    }
    const ended = await this.#lead.call((api) => api.end(ticket, tallies));
    if (ticket !== this.#ticket) return undefined;
    if (!ended.ok) return ended;
    const view = events.view();
    const last = await this.look(view);
    if (ticket !== this.#ticket) return undefined;
    if (last) events.onSummary(last, view);
    return last ? ok(null) : fail({ message: "the rows of this search are lost; search again" });
  }

  cancel(): void {
    const ticket = this.#ticket;
    for (const worker of this.#workers) void worker.call((api) => api.cancel(ticket));
  }

  get #workers() {
    return this.parts > 1 ? [this.#lead, this.#helper] : [this.#lead];
  }

  async look(view: SearchView): Promise<SearchSummary | null> {
    const ticket = this.#ticket;
    const answer = await this.#lead.call((api) => api.look(ticket, view));
    return answer.ok && ticket === this.#ticket ? answer.value : null;
  }

  async rows(view: SearchView, from: number, to: number): Promise<readonly FoundRow[] | null> {
    const ticket = this.#ticket;
    const answer = await this.#lead.call((api) => api.rows(ticket, view, from, to));
    return answer.ok && ticket === this.#ticket ? answer.value : null;
  }

  async details(candidates: readonly number[]): Promise<readonly FoundDetail[] | null> {
    const ticket = this.#ticket;
    const answer = await this.#lead.call((api) => api.details(ticket, candidates));
    return answer.ok && ticket === this.#ticket ? answer.value : null;
  }

  /** The other half; its rows go on to the leading worker without being copied. */
  async #help(job: SearchJob, onProgress: (progress: SearchProgress) => void) {
    const passed: Promise<Result<void, BridgeFailure>>[] = [];
    const onBatch = (batch: SearchBatch) => {
      const buffers = Object.values(batch.rows).flatMap((column: unknown) =>
        ArrayBuffer.isView(column) ? [column.buffer as ArrayBuffer] : [],
      );
      passed.push(this.#lead.call((api: Api) => api.add(job.ticket, transfer(batch, buffers))));
      onProgress(batch.progress);
    };
    const answer = await this.#helper.call((api) => api.help(job, proxy(onBatch)));
    const lost = (await Promise.all(passed)).find(({ ok }) => !ok);
    return lost?.ok === false ? lost : answer;
  }

  #looker(ticket: number, { view, onSummary }: SearchEvents): () => void {
    let next = 0;
    let busy = false;
    return () => {
      const began = performance.now();
      if (busy || began < next || ticket !== this.#ticket) return;
      busy = true;
      const looked = view();
      void this.look(looked).then((summary) => {
        busy = false;
        const spent = performance.now() - began;
        next = performance.now() + Math.max(LOOK_EVERY_MS, spent / LOOK_SHARE - spent);
        if (summary && !summary.finished && ticket === this.#ticket) onSummary(summary, looked);
      });
    };
  }
}

/** A search of everything takes seconds; on a busy machine many. */
const host = () =>
  new WorkerHost<SearchWorkerApi>({
    start: () => new Worker(new URL("../../workers/search.worker.ts", import.meta.url), { type: "module" }),
    fallback: async () => new (await import("../../workers/search-service.ts")).SearchWorker(),
    timeoutMs: 180_000,
  });

function sum(parts: readonly SearchProgress[]): SearchProgress {
  const add = (key: keyof SearchProgress) => parts.reduce((total, part) => total + part[key], 0);
  return { tried: add("tried"), total: add("total"), feasible: add("feasible") };
}
