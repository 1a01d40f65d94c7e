import type { SearchClient } from "../../../bridge/search-client.ts";
import { formatProblem } from "../../../core/domain/problem.ts";
import type { Plan } from "../../../core/domain/plan.ts";
import type { SearchProgress, SearchQuery } from "../../../core/domain/search.ts";
import type { FoundDetail, FoundRow, SearchSummary, SearchView } from "../../../core/domain/search-view.ts";
import type { Directory } from "../../../../workers/api.ts";
import { readFind, START_VIEW, writeFind, type Find } from "./find-link.ts";
import { queryOfPlan } from "./query-of-plan.ts";

/** Rows that are asked for at once: a screen or two. */
export const PAGE_ROWS = 60;
const MOST_PAGES = 60;
/** While something is typed the search waits for the next key. */
const SEARCH_AFTER_MS = 180;
const VIEW_AFTER_MS = 30;

/** What is asked, what was found, and which of it is on show. Outlives the view: coming back shows the same. */
export class SearchState {
  readonly #client: SearchClient;
  readonly #keep: (find: string) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #clock: ReturnType<typeof setInterval> | undefined;
  #began = 0;
  #generation = 0;
  #wanted: readonly [number, number] = [0, 0];
  #fetching = false;
  #written = "";
  /** Somebody looks, or has looked: from then on the question is theirs. */
  #opened = false;

  query = $state.raw<SearchQuery | null>(null);
  view = $state.raw<SearchView>(START_VIEW);
  summary = $state.raw<SearchSummary | null>(null);
  /** The view that `summary` is of. */
  #shown = $state.raw<SearchView | null>(null);
  progress = $state.raw<SearchProgress | null>(null);
  running = $state(false);
  /** A search is asked for and starts once the typing rests: what is on show is of the question before. */
  due = $state(false);
  milliseconds = $state(0);
  problem = $state<string | null>(null);
  pages = $state.raw<ReadonlyMap<number, readonly FoundRow[]>>(new Map());
  details = $state.raw<ReadonlyMap<number, FoundDetail>>(new Map());

  constructor(keep: (find: string) => void, client: SearchClient) {
    this.#keep = keep;
    this.#client = client;
  }

  /** Nothing is on its way that would replace what is on show. */
  get settled(): boolean {
    return !this.running && !this.due && this.#shown === this.view;
  }

  get parts(): number {
    return this.#client.parts;
  }

  /**
   * Searches for what the view would ask of this plan, before anybody opens it: what is found is there at once.
   * Returns what ends it, for when the plan changes or the machine is needed.
   */
  rehearse(plan: Plan): () => void {
    const query = queryOfPlan(plan);
    if (this.#opened || sameQuestion(query, this.query)) return () => undefined;
    this.query = query;
    void this.#search(query);
    return () => {
      if (this.#opened || this.query !== query) return;
      if (this.running) this.query = null;
      this.#client.cancel();
    };
  }

  /** Reads the address's text, or starts from the plan; searches if that is another question. */
  open(find: string, plan: Plan, directory: Directory): void {
    if (find !== "" && find === this.#written) return;
    const read = find === "" ? null : readFind(find, vocabulary(directory));
    if (read !== null && !read.ok) {
      this.problem = `${formatProblem(read.error, "link")}. The search starts from the plan instead.`;
    } else if (read !== null) {
      this.problem = null;
    }
    const found: Find = read?.ok ? read.value : { query: queryOfPlan(plan), view: START_VIEW };
    // what was found for another question, and never shown, is not to be seen now
    if (!this.#opened && !sameQuestion(found.query, this.query)) this.summary = null;
    this.#opened = true;
    this.#take(found);
  }

  /** `typing`: another key may follow. */
  ask(query: SearchQuery, typing = false): void {
    if (this.query === null) return;
    const sameAim = query.objective === this.query.objective;
    const view: SearchView = { ...this.view, brush: null, ...(sameAim ? {} : { sort: "objective" }) };
    this.#take({ query, view }, typing);
  }

  look(view: SearchView): void {
    this.view = view;
    this.#forgetRows();
    this.#write();
    // a search that is due or running ends with the newest view
    if (this.running || this.due) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#refresh(), VIEW_AFTER_MS);
  }

  cancel(): void {
    if (this.running) this.#client.cancel();
  }

  /** Sees to it that these rows of the view come: one page at a time, the newest place first. */
  need(from: number, to: number): void {
    this.#wanted = [from, to];
    if (!this.running && !this.#fetching) void this.#fetchWanted();
  }

  async needDetails(candidates: readonly number[]): Promise<void> {
    const missing = candidates.filter((candidate) => !this.details.has(candidate));
    if (missing.length === 0) return;
    const generation = this.#generation;
    const answer = await this.#client.details(missing);
    if (answer === null || generation !== this.#generation) return;
    const next = new Map(this.details);
    missing.forEach((candidate, i) => {
      const detail = answer[i];
      if (detail) next.set(candidate, detail);
    });
    this.details = next;
  }

  rowAt(i: number): FoundRow | undefined {
    if (this.running) return this.summary?.top[i];
    return this.pages.get(Math.floor(i / PAGE_ROWS))?.[i % PAGE_ROWS] ?? this.summary?.top[i];
  }

  #take({ query, view }: Find, typing = false): void {
    const another = !sameQuestion(query, this.query);
    this.query = query;
    this.view = view;
    this.#forgetRows();
    this.#write();
    clearTimeout(this.#timer);
    if (!another && !this.due) {
      this.#timer = setTimeout(() => void this.#refresh(), VIEW_AFTER_MS);
      return;
    }
    this.due = true;
    this.#timer = setTimeout(() => void this.#search(query), typing ? SEARCH_AFTER_MS : 0);
  }

  async #search(query: SearchQuery): Promise<void> {
    const generation = ++this.#generation;
    this.running = true;
    this.due = false;
    this.progress = null;
    this.details = new Map();
    this.#began = performance.now();
    clearInterval(this.#clock);
    this.#clock = setInterval(() => this.#tick(), 100);
    const answer = await this.#client.search(query, {
      view: () => this.view,
      onProgress: (progress) => (this.progress = progress),
      onSummary: (summary, view) => this.#show(summary, view),
    });
    if (answer === undefined || generation !== this.#generation) return;
    clearInterval(this.#clock);
    this.#tick();
    this.running = false;
    this.#forgetRows();
    this.need(...this.#wanted);
    if (!answer.ok) this.problem = `The search failed: ${answer.error.message}.`;
    else if (this.summary) this.progress = this.summary.progress;
    if (this.summary?.stopped === false) this.#client.heat(query);
    if (this.#shown !== this.view) void this.#refresh();
  }

  #show(summary: SearchSummary, view: SearchView): void {
    this.summary = summary;
    this.#shown = view;
  }

  async #refresh(): Promise<void> {
    if (this.summary === null || this.running) return;
    const { view } = this;
    const summary = await this.#client.look(view);
    if (summary !== null && view === this.view && !this.running) this.#show(summary, view);
  }

  async #fetchWanted(): Promise<void> {
    this.#fetching = true;
    for (;;) {
      const page = this.#missingPage();
      if (page === undefined || this.running) break;
      const { view } = this;
      const rows = await this.#client.rows(view, page * PAGE_ROWS, (page + 1) * PAGE_ROWS);
      if (rows === null) break;
      if (view !== this.view || this.running) continue;
      const next = new Map(this.pages);
      next.set(page, rows);
      for (const old of next.keys()) if (next.size > MOST_PAGES && old !== page) next.delete(old);
      this.pages = next;
    }
    this.#fetching = false;
  }

  #missingPage(): number | undefined {
    const [from, to] = this.#wanted;
    for (let page = Math.floor(from / PAGE_ROWS); page * PAGE_ROWS < to; page++) {
      if (!this.pages.has(page)) return page;
    }
    return undefined;
  }

  #forgetRows(): void {
    this.pages = new Map();
  }

  #write(): void {
    if (this.query === null) return;
    this.#written = writeFind({ query: this.query, view: this.view });
    this.#keep(this.#written);
  }

  #tick(): void {
    this.milliseconds = performance.now() - this.#began;
  }
}

const sameQuestion = (a: SearchQuery, b: SearchQuery | null): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

function vocabulary(directory: Directory) {
  const ids = (rows: readonly { readonly id: string }[]) => new Set(rows.map(({ id }) => id));
  return {
    models: ids(directory.models),
    weights: ids(directory.weights),
    engines: ids(directory.engines),
    accelerators: ids(directory.accelerators),
    hosts: ids(directory.hosts),
    fabrics: ids(directory.fabrics),
  };
}
