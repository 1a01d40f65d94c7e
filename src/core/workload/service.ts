/** The whole service: routes requests to instances and keeps simulated time. */
import type {
  InstanceSetup,
  SimulationInput,
  SimulationTimeline,
  TraceRequest,
} from "../domain/simulation.ts";
import type { StepModel } from "../domain/step-model.ts";
import { gapSampler, thinkSampler } from "./arrivals.ts";
import { EventQueue } from "./event-queue.ts";
import { Instance } from "./instance.ts";
import { Random } from "./random.ts";
import type { Rank } from "./rank.ts";
import { Recorder, type Totals } from "./recorder.ts";
import { createRequestSource, type Request, type RequestSource } from "./requests.ts";
import { StepClock } from "./step-clock.ts";
import { Timeline } from "./timeline.ts";

/** The step models of the instances that prefill and that decode; one and the same where nothing is disaggregated. */
export interface SimulationModels {
  readonly prefill: StepModel;
  readonly decode: StepModel;
}

type Event =
  | { readonly kind: "arrival" | "client" }
  | { readonly kind: "enqueue" | "handed-over"; readonly request: Request }
  | { readonly kind: "instance"; readonly instance: Instance; readonly version: number };

const DEFAULT_BUCKETS = 120;

export class Service {
  readonly recorder: Recorder;
  private readonly timeline: Timeline;
  readonly decoders: Instance[];
  private readonly prefillers: Instance[];
  private readonly input: SimulationInput;
  private readonly queue = new EventQueue<Event>();
  private readonly source: RequestSource;
  private readonly gap: () => number;
  private readonly think: () => number;
  private traced = 0;

  nowMs = 0;
  events = 0;
  arrived = 0;
  left = 0;
  /** When the first measured request arrived. */
  opened: Totals | null = null;
  private finished = 0;
  private finishedInput = 0;
  /** Integrals over the open window of requests in flight, waiting, in instances, and of the cache's share. */
  readonly area = { inFlight: 0, queue: 0, running: 0, kvShare: 0 };
  private waiting = 0;
  private active = 0;
  private pages = 0;
  private readonly allPages: number;
  private lastWritten = 0;

  constructor(input: SimulationInput, models: SimulationModels) {
    const { service, workload } = input;
    const random = Random.fromSeed(input.seed);
    this.input = input;
    this.recorder = new Recorder(input);
    this.timeline = new Timeline(input.buckets ?? DEFAULT_BUCKETS);
    this.source = createRequestSource(workload, service.instance, random);
    [this.prefillers, this.decoders] = this.instances(models, random);
    const first = this.decoders[0] as Instance;
    this.allPages = this.decoders.length * first.ranks.length * (first.ranks[0] as Rank).capacityPages;
    const { arrivals } = workload;
    const arrivalRandom = random.split("arrivals");
    const open = arrivals.kind === "poisson" || arrivals.kind === "gamma";
    const gap = open ? gapSampler(arrivals) : () => 0;
    this.gap = () => gap(arrivalRandom);
    const thinkRandom = random.split("think");
    const think = arrivals.kind === "closed-loop" ? thinkSampler(arrivals) : () => 0;
    this.think = () => think(thinkRandom);
    if (arrivals.kind === "closed-loop") {
      for (let i = 0; i < arrivals.clients; i++) this.queue.push(0, { kind: "client" });
    } else if (arrivals.kind === "trace") this.scheduleTraced();
    else this.queue.push(this.gap(), { kind: "arrival" });
  }

  private instances(models: SimulationModels, random: Random): [Instance[], Instance[]] {
    const { service } = this.input;
    const { instance } = service;
    const clock = new StepClock(models.decode, instance.attentionRanks);
    const decoder = (role: "both" | "decode", batching: Parameters<typeof makeInstance>[2]) => () =>
      makeInstance(instance, role, batching, clock, this);
    if (service.kind === "aggregated") {
      return [[], Array.from({ length: service.replicas }, decoder("both", service.batching))];
    }
    const batching = { kind: "prefill-first", tokenBudget: service.prefillTokenBudget } as const;
    const pool: InstanceSetup = {
      ...instance,
      attentionRanks: service.prefillAttentionRanks,
      maxRunningRequests: Number.MAX_SAFE_INTEGER,
      kvTokens: Number.MAX_SAFE_INTEGER,
      schedulerInterval: 1,
      gathersPrompts: false,
    };
    const prefillClock = new StepClock(models.prefill, service.prefillAttentionRanks);
    const ranks = random.split("ranks");
    const draw = () => ranks.uniform();
    return [
      Array.from({ length: service.prefillInstances }, () =>
        makeInstance(pool, "prefill", batching, prefillClock, this, draw),
      ),
      Array.from({ length: service.decodeInstances }, decoder("decode", batching)),
    ];
  }

  /** Handles the next event. False: nothing is left to happen. */
  advance(): boolean {
    const next = this.queue.pop();
    if (next === undefined) return false;
    const event = next.value;
    if (event.kind === "instance" && event.version !== event.instance.version) return true;
    this.passTime(next.timeMs);
    this.events++;
    switch (event.kind) {
      case "arrival":
        this.arrive(this.source.make(this.nowMs));
        this.queue.push(this.nowMs + this.gap(), { kind: "arrival" });
        break;
      case "client":
        this.arriveTraced();
        break;
      case "enqueue":
        this.enqueue(event.request);
        break;
      case "handed-over":
        this.give(event.request, this.decoders);
        break;
      case "instance":
        this.update(event.instance, () => event.instance.end());
    }
    return true;
  }

  private arriveTraced(): void {
    const { arrivals } = this.input.workload;
    if (arrivals.kind !== "trace") return this.arrive(this.source.make(this.nowMs));
    this.arrive(this.source.make(this.nowMs, arrivals.requests[this.traced++]));
    this.scheduleTraced();
  }

  private scheduleTraced(): void {
    const { arrivals } = this.input.workload;
    if (arrivals.kind !== "trace") return;
    const next = arrivals.requests[this.traced];
    const first = arrivals.requests[0] as TraceRequest;
    if (next === undefined) return;
    this.queue.push((next.atMs - first.atMs) / (arrivals.speed ?? 1), { kind: "client" });
  }

  private arrive(request: Request): void {
    const { recorder } = this;
    this.arrived++;
    this.timeline.arrival(this.nowMs);
    if (recorder.opens(request.index, this.arrived - this.left)) this.opened = this.totals();
    if ((this.decoders[0]?.ranks[0] as Rank).refuses(request)) {
      recorder.refuse(request);
      this.leave(1);
      return;
    }
    const { requestMs } = this.input.service;
    if (requestMs === 0) this.enqueue(request);
    else this.queue.push(this.nowMs + requestMs, { kind: "enqueue", request });
  }

  private leave(leastThinkMs: number): void {
    this.left++;
    if (this.input.workload.arrivals.kind !== "closed-loop") return;
    this.queue.push(this.nowMs + Math.max(leastThinkMs, this.think()), { kind: "client" });
  }

  private enqueue(request: Request): void {
    this.give(request, this.prefillers.length > 0 ? this.prefillers : this.decoders);
  }

  /** To the instance with the fewest requests. */
  private give(request: Request, pool: readonly Instance[]): void {
    let least = pool[0] as Instance;
    for (const instance of pool) if (instance.load < least.load) least = instance;
    this.update(least, () => least.enqueue(request, this.nowMs));
  }

  handOver(request: Request, nowMs: number): void {
    const { service } = this.input;
    if (service.kind !== "disaggregated") return;
    const ms = service.transferMs + service.transferMsPerToken * request.prompt;
    this.queue.push(nowMs + ms, { kind: "handed-over", request });
  }

  finish(request: Request, nowMs: number): void {
    this.finished++;
    this.finishedInput += request.input;
    this.recorder.finish(request, nowMs, this.input.service.requestMs);
    this.leave(0);
  }

  preempted(request: Request, rank: Rank): void {
    if (this.prefillers.length === 0) rank.line.rejoinFront(request);
    else this.queue.push(this.nowMs, { kind: "enqueue", request });
  }

  /** Runs a change of an instance and takes over its new levels and its next end. */
  private update(instance: Instance, change: () => void): void {
    const { version, waiting, active, pages } = instance;
    change();
    this.waiting += instance.waiting - waiting;
    this.active += instance.active - active;
    this.pages += instance.role === "prefill" ? 0 : instance.pages - pages;
    if (instance.version === version) return;
    this.queue.push(instance.endMs, { kind: "instance", instance, version: instance.version });
  }

  private passTime(nowMs: number): void {
    const width = nowMs - this.nowMs;
    if (width <= 0) return;
    const share = this.pages / this.allPages;
    let written = 0;
    for (const instance of this.decoders) written += instance.writtenUntil(nowMs);
    this.timeline.add(this.nowMs, nowMs, this.waiting, this.active, share, written - this.lastWritten);
    this.lastWritten = written;
    if (this.opened !== null) {
      this.area.inFlight += (this.arrived - this.left) * width;
      this.area.queue += this.waiting * width;
      this.area.running += this.active * width;
      this.area.kvShare += share * width;
    }
    this.nowMs = nowMs;
  }

  /** The timeline up to now, first tokens of this very moment included. */
  drawTimeline(): SimulationTimeline {
    const { written } = this.totals();
    this.timeline.write(this.nowMs, written - this.lastWritten);
    this.lastWritten = written;
    return this.timeline.finish(this.nowMs);
  }

  totals(): Totals {
    let [written, prefillingMs] = [0, 0];
    for (const instance of this.decoders) {
      written += instance.writtenUntil(this.nowMs);
      prefillingMs += instance.prefillingUntil(this.nowMs);
    }
    const { nowMs, waiting, finished, finishedInput } = this;
    return { atMs: nowMs, written, prefillingMs, waiting, finished, finishedInput };
  }

  /** Share of prompt tokens that were found in a cache. */
  get foundShare(): number {
    const where = this.prefillers.length > 0 ? this.prefillers : this.decoders;
    let [prompt, found] = [0, 0];
    for (const instance of where) {
      prompt += instance.promptTokens;
      found += instance.foundTokens;
    }
    return prompt === 0 ? 0 : found / prompt;
  }
}

function makeInstance(...args: ConstructorParameters<typeof Instance>): Instance {
  return new Instance(...args);
}
