/** One instance of the engine: what it does next, how long that takes, what has come of it. */
import type { BatchingPolicy, InstanceSetup } from "../domain/simulation.ts";
import { Looks } from "./looks.ts";
import { PromptPass, type PromptPart } from "./prompt-pass.ts";
import { emptiest, Rank } from "./rank.ts";
import type { Request } from "./requests.ts";
import type { StepClock } from "./step-clock.ts";

/** Steps after which a run is looked at again: the mean context grows by at most a quarter. */
const CONTEXT_GROWTH = 0.25;
const LEAST_CONTEXT_TOKENS = 64;

export interface InstanceHost {
  /** The prompt is computed on an instance that only prefills. */
  handOver(request: Request, nowMs: number): void;
  finish(request: Request, nowMs: number): void;
  preempted(request: Request, rank: Rank): void;
}

export class Instance {
  readonly ranks: Rank[];
  private readonly setup: InstanceSetup;
  readonly role: "both" | "prefill" | "decode";
  private readonly batching: BatchingPolicy;
  private readonly clock: StepClock;
  private readonly host: InstanceHost;
  private readonly looks: Looks;
  private readonly draw: (() => number) | null;

  /** Of the activity in progress; `version` outdates ends that were announced before. */
  busy = false;
  version = 0;
  endMs = 0;
  private startMs = 0;
  private steps = 0;
  private batch = 0;
  private context = 0;
  private growth = 0;
  private parts: readonly PromptPart[] = [];

  private step = 0;
  private admissions = 0;
  private written = 0;
  private prefillingMs = 0;

  // What the service averages over time.
  waiting = 0;
  active = 0;
  pages = 0;
  peakShare = 0;
  promptTokens = 0;
  foundTokens = 0;

  constructor(
    setup: InstanceSetup,
    role: "both" | "prefill" | "decode",
    batching: BatchingPolicy,
    clock: StepClock,
    host: InstanceHost,
    /** Even in [0, 1): the rank of a request by chance; null: the emptiest. */
    draw: (() => number) | null = null,
  ) {
    this.setup = setup;
    this.role = role;
    this.batching = batching;
    this.clock = clock;
    this.host = host;
    this.draw = draw;
    this.looks = new Looks(setup, batching.tokenBudget);
    // A handed-over request steps on at once; after a prompt's pass there is another look before that.
    const stepsAtOnce = role === "decode" ? 2 : 1;
    this.ranks = Array.from({ length: setup.attentionRanks }, () => new Rank(setup, stepsAtOnce));
  }

  get load(): number {
    return this.waiting + this.active;
  }

  /** Tokens written until `nowMs`, the step in progress in proportion. */
  writtenUntil(nowMs: number): number {
    return this.written + this.shareDone(nowMs) * this.steps * this.growthAll();
  }

  /** Time spent on passes with prompt tokens until `nowMs`. */
  prefillingUntil(nowMs: number): number {
    const current = this.parts.length > 0 ? this.shareDone(nowMs) * (this.endMs - this.startMs) : 0;
    return this.prefillingMs + current;
  }

  private shareDone(nowMs: number): number {
    if (!this.busy || this.endMs <= this.startMs) return 0;
    return Math.min(1, (nowMs - this.startMs) / (this.endMs - this.startMs));
  }

  private growthAll(): number {
    let tokens = 0;
    for (const rank of this.ranks) if (rank.decodes) tokens += rank.tokensPerStep;
    return tokens;
  }

  enqueue(request: Request, nowMs: number): void {
    const { ranks, draw } = this;
    const rank = draw === null ? emptiest(ranks) : (ranks[Math.floor(draw() * ranks.length)] as Rank);
    const first = rank.line.length === 0;
    rank.line.join(request);
    this.waiting++;
    if (!this.busy) this.begin(nowMs);
    else if (this.parts.length > 0 || !rank.hasSlot) return;
    else if (first || this.looks.gathered(this.ranks)) this.cut(nowMs);
  }

  /** Ends a decode run at the first step at which the line is looked at. */
  private cut(nowMs: number): void {
    const { step, batch, context, growth } = this;
    const passed = this.clock.decodeStepsUntil(nowMs - this.startMs, this.steps, batch, context, growth);
    const gathered = this.looks.gathered(this.ranks);
    const steps = passed + (gathered ? 0 : this.looks.stepsFrom(step + passed));
    if (steps >= this.steps) return;
    this.run(this.startMs, steps);
  }

  /** The activity in progress is over: its tokens are there, the next one begins. */
  end(): void {
    const nowMs = this.endMs;
    const { steps, parts } = this;
    this.busy = false;
    this.steps = 0;
    this.parts = [];
    if (parts.length > 0) this.prefillingMs += nowMs - this.startMs;
    if (steps > 0) this.endSteps(steps, nowMs);
    if (parts.length > 0) this.looks.passed(this.step);
    for (const part of parts) this.endPart(part, nowMs);
    this.begin(nowMs);
  }

  private endSteps(steps: number, nowMs: number): void {
    this.written += steps * this.growthAll();
    this.step += steps;
    for (const rank of this.ranks) {
      if (!rank.decodes) continue;
      for (const request of rank.makeSteps(steps)) {
        this.active--;
        this.host.finish(request, nowMs);
      }
    }
  }

  private endPart({ rank, request, tokens }: PromptPart, nowMs: number): void {
    request.computed += tokens;
    if (request.cached + request.computed < request.prompt) return;
    if (this.role === "prefill") {
      rank.endPrefill(request, false);
      this.active--;
      this.host.handOver(request, nowMs);
      return;
    }
    this.firstToken(rank, request, nowMs);
  }

  /** A prompt's pass writes a token: the first one, or after a preemption the next one. */
  private firstToken(rank: Rank, request: Request, nowMs: number): void {
    if (request.firstTokenMs < 0) {
      request.firstTokenMs = nowMs;
      this.written++;
    } else {
      this.written += request.tokensPerStep;
      request.stepsDone++;
    }
    const finished = request.stepsDone >= request.steps;
    rank.endPrefill(request, !finished);
    if (!finished) return;
    this.active--;
    this.host.finish(request, nowMs);
  }

  /** Decides what comes next; idle where nothing waits or runs. */
  begin(nowMs: number): void {
    if (this.busy) return;
    for (const rank of this.ranks) if (rank.stale) rank.rescan();
    for (const rank of this.ranks) this.makeRoom(rank);
    const looks = this.looks.due(this.step, this.ranks);
    if (this.role === "decode") {
      if (looks) this.takeHandedOver(nowMs);
    } else if (this.prefill(nowMs, looks)) return;
    this.decode(nowMs);
  }

  private makeRoom(rank: Rank): void {
    for (const request of rank.makeRoom()) {
      this.active--;
      this.host.preempted(request, rank);
      if (this.role !== "decode") this.waiting++;
    }
  }

  private admit(rank: Rank, nowMs: number): Request | null {
    const request = rank.admitNext();
    if (request === null) return null;
    this.waiting--;
    this.active++;
    request.admission = ++this.admissions;
    if (request.startMs < 0) request.startMs = nowMs;
    this.promptTokens += request.prompt;
    this.foundTokens += request.cached;
    return request;
  }

  private takeHandedOver(nowMs: number): void {
    for (const rank of this.ranks) {
      for (let request = this.admit(rank, nowMs); request !== null; request = this.admit(rank, nowMs)) {
        this.firstToken(rank, request, nowMs);
        if (rank.stale) rank.rescan();
      }
    }
  }

  /**
   * Starts a pass over prompts if there are any to work on. Where prompts displace decoding they do so
   * on their own rank: the others make one step meanwhile, since all ranks meet in the experts.
   */
  private prefill(nowMs: number, looks: boolean): boolean {
    const pass = new PromptPass();
    const mixed = this.batching.kind === "mixed";
    const perSequence = 1 + this.setup.draftTokens;
    for (const rank of this.ranks) {
      const rows = mixed ? rank.running.length * perSequence : 0;
      pass.take(rank, this.batching.tokenBudget - rows, () => (looks ? this.admit(rank, nowMs) : null));
    }
    const taken = pass.parts.length > 0;
    this.looks.looked(looks && taken && this.ranks.some((r) => r.line.length > 0));
    if (!taken) return false;
    this.parts = pass.parts;
    this.startMs = nowMs;
    const sequences = this.gather((rank) => mixed || !pass.parts.some((part) => part.rank === rank));
    this.steps = sequences > 0 ? 1 : 0;
    const ms =
      sequences === 0
        ? this.clock.prefillMs(pass.load)
        : this.clock.mixedMs(pass.load, this.batch, this.context, this.batch * perSequence, mixed);
    this.announce(nowMs + ms);
    return true;
  }

  /** Batch, mean context and its growth over the ranks that decode. Returns their sequences. */
  private gather(decodes: (rank: Rank) => boolean): number {
    let [sequences, tokens, perStep, most, fullest] = [0, 0, 0, 0, 0];
    for (const rank of this.ranks) {
      rank.decodes = rank.running.length > 0 && decodes(rank);
      if (!rank.decodes) continue;
      sequences += rank.running.length;
      tokens += rank.tokens;
      perStep += rank.tokensPerStep;
      most = Math.max(most, rank.running.length);
      fullest = Math.max(fullest, rank.tokens);
    }
    if (sequences === 0) return 0;
    const byLargest = this.setup.rankStep === "largest" && most > 1 && this.ranks.length > 1;
    this.batch = byLargest ? most * this.ranks.length : sequences;
    this.context = byLargest ? fullest / most : tokens / sequences;
    this.growth = perStep / sequences;
    return sequences;
  }

  private decode(nowMs: number): void {
    if (this.gather(() => true) === 0) {
      this.pages = 0;
      return;
    }
    let steps = Math.max(LEAST_CONTEXT_TOKENS, this.context * CONTEXT_GROWTH) / this.growth;
    steps = Math.max(1, Math.floor(steps));
    const untilLook = this.looks.stepsLeft(this.step);
    for (const rank of this.ranks) {
      steps = Math.min(steps, rank.stepsToFinish);
      if (rank.line.length > 0 && rank.hasSlot) steps = Math.min(steps, untilLook);
    }
    for (const rank of this.ranks) steps = rank.stepsThatFit(steps);
    this.run(nowMs, steps);
  }

  private run(startMs: number, steps: number): void {
    this.startMs = startMs;
    this.steps = steps;
    this.announce(startMs + this.clock.decodeRunMs(steps, this.batch, this.context, this.growth));
  }

  private announce(endMs: number): void {
    this.busy = true;
    this.endMs = endMs;
    this.version++;
    let pages = 0;
    for (const rank of this.ranks) {
      const steps = rank.decodes ? this.steps : 0;
      const grown = (steps * rank.tokensPerStep) / 2 / this.setup.pageTokens;
      this.peakShare = rank.peakShare(steps, this.peakShare);
      pages += rank.pagesNow + rank.prefillPages + rank.cache.pages - rank.cache.unusedPages + grown;
    }
    this.pages = pages;
  }
}
