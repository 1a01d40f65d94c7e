/** One attention rank: its waiting line, its running batch and its share of the cache. */
import type { InstanceSetup } from "../domain/simulation.ts";
import { PrefixCache } from "./prefix-cache.ts";
import { writtenAfter, type Request } from "./requests.ts";
import { WaitingLine } from "./waiting-line.ts";

export class Rank {
  readonly line = new WaitingLine<Request>();
  readonly cache = new PrefixCache();
  running: Request[] = [];
  prefilling: Request[] = [];
  stale = false;
  /** Whether its batch steps in the activity in progress. */
  decodes = false;
  /** Decode steps made. */
  private step = 0;

  readonly capacityPages: number;
  private readonly pageTokens: number;
  private readonly maxRunning: number;
  private readonly outputReserve: number;
  private readonly mostPerStep: number;
  private readonly headroom: number;

  // Of the running batch, as of the last `rescan`.
  pagesNow = 0;
  private pagesNext = 0;
  private claimedPages = 0;
  tokens = 0;
  tokensPerStep = 0;
  private nextFinish = Number.POSITIVE_INFINITY;

  // Of the requests in prefill.
  prefillPages = 0;
  private prefillClaimed = 0;

  /** `stepsAtOnce`: passes of a request, its prompt's included, that must find room when it is admitted. */
  constructor(setup: InstanceSetup, stepsAtOnce: number) {
    this.headroom = stepsAtOnce * (1 + setup.draftTokens);
    this.pageTokens = setup.pageTokens;
    this.capacityPages = Math.floor(setup.kvTokens / setup.attentionRanks / setup.pageTokens);
    this.maxRunning = Math.max(1, Math.floor(setup.maxRunningRequests / setup.attentionRanks));
    this.outputReserve = setup.outputReserve;
    this.mostPerStep = 1 + setup.draftTokens;
  }

  get load(): number {
    return this.line.length + this.running.length + this.prefilling.length;
  }

  /** Decode steps until the first of the batch is done. */
  get stepsToFinish(): number {
    return this.nextFinish - this.step;
  }

  get hasSlot(): boolean {
    return this.running.length + this.prefilling.length < this.maxRunning;
  }

  /** Whether the request alone would fill more than the rank has. */
  refuses(request: Request): boolean {
    return Math.ceil((request.input + request.output) / this.pageTokens) > this.capacityPages;
  }

  /** Sums over the batch once requests joined, left or stepped. */
  rescan(): void {
    const { step } = this;
    let [now, next, claimed, tokens, perStep, finish] = [0, 0, 0, 0, 0, Number.POSITIVE_INFINITY];
    for (const request of this.running) {
      const done = request.stepsDone + step - request.joinedAtStep;
      const base = request.input - request.shared;
      const written = writtenAfter(request, done);
      const after = this.pages(base + writtenAfter(request, done + 1));
      now += this.pages(base + written);
      next += after;
      claimed +=
        this.outputReserve === 0
          ? after
          : Math.max(after, this.pages(base + written + this.outputReserve * (request.output - written)));
      tokens += request.input + written;
      perStep += request.tokensPerStep;
      finish = Math.min(finish, step + request.steps - done);
    }
    this.pagesNow = now;
    this.pagesNext = next;
    this.claimedPages = claimed;
    this.tokens = tokens;
    this.tokensPerStep = perStep;
    this.nextFinish = finish;
    this.stale = false;
  }

  /** Takes the first of the line if a slot and the pages are there. */
  admitNext(): Request | null {
    const request = this.line.first();
    if (request === undefined || !this.hasSlot) return null;
    const { cache } = this;
    const grouped = request.prefixGroup >= 0;
    if (grouped) cache.use(request.prefixGroup);
    const usable = Math.min(Math.floor(request.prefixTokens / this.pageTokens), this.promptBlocks(request));
    const found = grouped ? Math.min(cache.blocksOf(request.prefixGroup), usable) * this.pageTokens : 0;
    const own = request.prompt - found;
    const claimed = this.pages(own + this.reserve(request));
    const pinned = cache.pages - cache.unusedPages;
    if (this.claimedPages + this.prefillClaimed + claimed + pinned > this.capacityPages) {
      if (grouped) cache.release(request.prefixGroup);
      return null;
    }
    this.line.leave();
    request.shared = found;
    request.cached = Math.max(found, request.hitTokens);
    request.computed = 0;
    this.prefilling.push(request);
    this.prefillPages += this.pages(own + Math.min(this.left(request), this.mostPerStep));
    this.prefillClaimed += claimed;
    this.evictFor(this.pagesNext);
    return request;
  }

  /** Tokens beyond the prompt that admission counts in. */
  private reserve(request: Request): number {
    const left = this.left(request);
    return Math.min(left, Math.max(this.headroom, this.outputReserve * left));
  }

  private left(request: Request): number {
    return request.output - (request.prompt - request.input);
  }

  /** At least one token of a prompt is computed even where all of it is cached. */
  private promptBlocks(request: Request): number {
    return Math.floor((request.prompt - 1) / this.pageTokens);
  }

  /** The prompt of `request` is in the cache: it decodes from here on, or leaves. */
  endPrefill(request: Request, joins: boolean): void {
    this.prefilling.splice(this.prefilling.indexOf(request), 1);
    this.recountPrefill();
    if (request.prefixGroup >= 0) {
      const blocks = Math.floor(request.prefixTokens / this.pageTokens);
      this.cache.keep(request.prefixGroup, blocks);
      request.shared = blocks * this.pageTokens;
    }
    this.stale = true;
    if (joins) {
      request.joinedAtStep = this.step;
      this.running.push(request);
    } else this.release(request);
  }

  private recountPrefill(): void {
    this.prefillPages = 0;
    this.prefillClaimed = 0;
    for (const request of this.prefilling) {
      const own = request.prompt - request.shared;
      this.prefillPages += this.pages(own + Math.min(this.left(request), this.mostPerStep));
      this.prefillClaimed += this.pages(own + this.reserve(request));
    }
  }

  private release(request: Request): void {
    if (request.prefixGroup >= 0) this.cache.release(request.prefixGroup);
  }

  /** The batch has made `steps` steps. Takes out those whose last one is done. */
  makeSteps(steps: number): Request[] {
    this.step += steps;
    this.stale = true;
    const { step } = this;
    if (this.nextFinish > step) return [];
    const finished = this.running.filter((r) => r.stepsDone + step - r.joinedAtStep >= r.steps);
    this.running = this.running.filter((r) => r.stepsDone + step - r.joinedAtStep < r.steps);
    for (const request of finished) this.release(request);
    return finished;
  }

  /** Preempts the latest admitted until the next step fits. Their cache is lost. */
  makeRoom(): Request[] {
    const out: Request[] = [];
    while (
      this.pagesNext + this.prefillPages + this.cache.pages - this.cache.unusedPages >
      this.capacityPages
    ) {
      const victim = this.latest();
      this.prefilling = this.prefilling.filter((r) => r !== victim);
      if (this.running.includes(victim)) {
        this.running = this.running.filter((r) => r !== victim);
        victim.stepsDone += this.step - victim.joinedAtStep;
        victim.prompt = victim.input + Math.ceil(writtenAfter(victim, victim.stepsDone) - 1e-6);
      }
      this.release(victim);
      victim.shared = 0;
      victim.preemptions++;
      this.recountPrefill();
      this.rescan();
      out.push(victim);
    }
    if (this.running.length > 0) this.evictFor(this.pagesNext);
    return out;
  }

  private latest(): Request {
    let victim = this.running[0] ?? this.prefilling[0];
    for (const request of this.running) if (request.admission > (victim?.admission ?? -1)) victim = request;
    for (const request of this.prefilling)
      if (request.admission > (victim?.admission ?? -1)) victim = request;
    if (victim === undefined) throw new Error("a rank with nothing on it is out of pages");
    return victim;
  }

  /** Most steps, up to `most`, that fit without preemption; gives up cached prefixes for them. */
  stepsThatFit(most: number): number {
    if (this.running.length === 0) return most;
    const { cache } = this;
    const room = this.capacityPages - this.prefillPages - cache.pages + cache.unusedPages;
    if (this.mostPagesAfter(most) + cache.unusedPages <= room) return most;
    let low = 1;
    let high = most;
    if (this.pagesAfter(most) <= room) low = most;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.pagesAfter(middle) <= room) low = middle;
      else high = middle - 1;
    }
    this.evictFor(this.pagesAfter(low));
    return low;
  }

  /** Not less than `pagesAfter`, without a look at every request. */
  private mostPagesAfter(steps: number): number {
    return this.pagesNow + this.running.length * Math.ceil((steps * this.mostPerStep) / this.pageTokens);
  }

  /** The fullest the rank gets in the next `steps`, if that may be above `known`. */
  peakShare(steps: number, known: number): number {
    const other = this.prefillPages + this.cache.pages;
    if ((this.mostPagesAfter(steps) + other) / this.capacityPages <= known) return known;
    return Math.max(known, (this.pagesAfter(steps) + other) / this.capacityPages);
  }

  private pagesAfter(steps: number): number {
    let pages = 0;
    for (const request of this.running) {
      const done = request.stepsDone + this.step - request.joinedAtStep + steps;
      pages += this.pages(request.input - request.shared + writtenAfter(request, done));
    }
    return pages;
  }

  private evictFor(runningPages: number): void {
    const missing = runningPages + this.prefillPages + this.cache.pages - this.capacityPages;
    if (missing > 0) this.cache.evict(missing);
  }

  private pages(tokens: number): number {
    return Math.ceil((tokens - 1e-6) / this.pageTokens);
  }
}

/** The rank with the fewest requests, waiting ones included; the first of several. */
export function emptiest(ranks: readonly Rank[]): Rank {
  return ranks.reduce((least, rank) => (rank.load < least.load ? rank : least));
}
