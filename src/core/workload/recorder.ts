/** What is measured: requests by order of arrival after the warm-up, and the totals of their window. */
import type { SimulationInput } from "../domain/simulation.ts";
import type { Request } from "./requests.ts";

/** Totals of the service at one moment. */
export interface Totals {
  readonly atMs: number;
  readonly written: number;
  readonly prefillingMs: number;
  readonly waiting: number;
  /** Requests served, and their prompts' tokens. */
  readonly finished: number;
  readonly finishedInput: number;
}

/** A service that falls behind never has half of its requests done: the warm-up ends after so many times the measured ones. */
const MOST_WARMUP = 1;

export class Recorder {
  /** First measured request; moves on until `opens` said so. */
  warmup: number;
  private readonly latestWarmup: number;
  private open = false;
  readonly rule: string;
  readonly wanted: number;
  readonly ttft: Float64Array;
  readonly tpot: Float64Array;
  readonly endToEnd: Float64Array;
  readonly wait: Float64Array;
  done = 0;
  refused = 0;
  preemptions = 0;
  good = 0;
  private readonly slo: { readonly ttftMs: number; readonly tpotMs: number };

  constructor(input: SimulationInput) {
    const { arrivals } = input.workload;
    const traced = arrivals.kind === "trace";
    const available = traced ? arrivals.requests.length : Number.POSITIVE_INFINITY;
    const asked = input.warmupRequests ?? (traced ? 0 : null);
    const least = Math.min(asked ?? Math.ceil(input.requests / 10), available - 1);
    this.wanted = Math.min(input.requests, available - least);
    this.warmup = least;
    this.latestWarmup = asked === null ? least + MOST_WARMUP * input.requests : least;
    this.rule = warmupRule(input);
    const empty = () => new Float64Array(this.wanted).fill(Number.NaN);
    [this.ttft, this.tpot, this.endToEnd, this.wait] = [empty(), empty(), empty(), empty()];
    this.slo = {
      ttftMs: input.slo?.ttftMs ?? Number.POSITIVE_INFINITY,
      tpotMs: input.slo?.tpotMs ?? Number.POSITIVE_INFINITY,
    };
  }

  get complete(): boolean {
    return this.done >= this.wanted;
  }

  /**
   * Whether the window opens at the arrival of request `index`, the first to be measured: a tenth of
   * the measured ones came before and at least twice as many as are in flight, or a service that
   * cannot keep up has been given as many as are measured.
   */
  opens(index: number, inFlight: number): boolean {
    if (this.open || index < this.warmup) return false;
    if (index < this.latestWarmup && index < 2 * inFlight) {
      this.warmup = index + 1;
      return false;
    }
    this.open = true;
    return true;
  }

  isMeasured(request: Request): boolean {
    return request.index >= this.warmup && request.index < this.warmup + this.wanted;
  }

  refuse(request: Request): void {
    if (!this.isMeasured(request)) return;
    this.done++;
    this.refused++;
  }

  finish(request: Request, nowMs: number, requestMs: number): void {
    if (!this.isMeasured(request)) return;
    const i = request.index - this.warmup;
    const ttft = request.firstTokenMs - request.arrivalMs;
    const tpot = request.output > 1 ? (nowMs - request.firstTokenMs) / (request.output - 1) : Number.NaN;
    this.ttft[i] = ttft;
    this.tpot[i] = tpot;
    this.endToEnd[i] = nowMs - request.arrivalMs;
    this.wait[i] = Math.max(0, request.startMs - request.arrivalMs - requestMs);
    this.done++;
    this.preemptions += request.preemptions;
    if (ttft <= this.slo.ttftMs && !(tpot > this.slo.tpotMs)) this.good++;
  }
}

function warmupRule(input: SimulationInput): string {
  if (input.warmupRequests !== undefined) return "as asked";
  if (input.workload.arrivals.kind === "trace") return "a trace is measured from its first request";
  return "a tenth of the measured requests, and at least twice as many as are in flight";
}
