/** What a file's requests add up to. */
import type {
  JointLengths,
  LengthSummary,
  ArrivalSummary,
  ConcurrencySummary,
} from "../../domain/workload-file.ts";
import type { TraceColumns } from "../../domain/plan-simulation.ts";
import { ArrivalsLearned } from "./arrivals-learned.ts";
import { concurrencyOfGauges, concurrencyOfIntervals } from "./concurrency-learned.ts";
import type { GaugeRecord } from "./file-record.ts";
import { jointOf, lengthsOf, type LengthTotals } from "./lengths-learned.ts";
import { sampleOf, type LengthHistogram } from "./metrics-text.ts";
import { RequestColumns } from "./request-columns.ts";

export interface LearnedRequest {
  readonly input: number | null;
  readonly output: number | null;
  readonly atMs?: number;
  readonly endMs?: number;
  readonly cachedTokens?: number;
  readonly weight?: number;
}

export interface Learned {
  readonly requests: number;
  readonly input: LengthSummary | null;
  readonly output: LengthSummary | null;
  readonly joint: JointLengths | null;
  readonly arrivals: ArrivalSummary | null;
  readonly concurrency: ConcurrencySummary | null;
  readonly reportedHitShare: number | null;
  /** One kept request stands for this many. */
  readonly stride: number;
}

/** A row that sums up more requests than this counts as this many in the distribution. */
const MOST_COPIES = 1000;

const noTotals = (): LengthTotals => ({ requests: 0, tokens: 0, max: 0 });

export class WorkloadLearner {
  readonly #rows = new RequestColumns();
  readonly #gauges = new RequestColumns(1 << 16);
  readonly #arrivals = new ArrivalsLearned();
  readonly #input = noTotals();
  readonly #output = noTotals();
  readonly #histograms = new Map<"input" | "output", LengthHistogram>();
  readonly #cache = { prompts: 0, cached: 0, share: Number.NaN };
  #requests = 0;

  get requests(): number {
    return this.#requests;
  }

  add({ input, output, atMs, endMs, cachedTokens, weight = 1 }: LearnedRequest): void {
    this.#requests += weight;
    addTo(this.#input, input, weight);
    addTo(this.#output, output, weight);
    if (atMs !== undefined) this.#arrivals.add(atMs, weight);
    if (cachedTokens !== undefined && input !== null) {
      this.#cache.prompts += input * weight;
      this.#cache.cached += Math.min(cachedTokens, input) * weight;
    }
    const row = {
      at: atMs ?? Number.NaN,
      end: endMs ?? Number.NaN,
      input: input ?? Number.NaN,
      output: output ?? Number.NaN,
    };
    for (let copy = 0; copy < Math.min(weight, MOST_COPIES); copy++) this.#rows.add(row);
  }

  addGauge({ atMs, running, promptTokens, cachedTokens, hitShare }: GaugeRecord): void {
    if (running !== undefined) {
      this.#gauges.add({ at: atMs ?? Number.NaN, end: Number.NaN, input: running, output: Number.NaN });
    }
    if (hitShare !== undefined) this.#cache.share = hitShare;
    if (promptTokens !== undefined && cachedTokens !== undefined) {
      this.#cache.prompts += promptTokens;
      this.#cache.cached += cachedTokens;
    }
  }

  addHistogram(side: "input" | "output", histogram: LengthHistogram): void {
    this.#histograms.set(side, histogram);
    this.#requests = Math.max(this.#requests, Math.round(histogram.count));
  }

  learned(): Learned {
    const rows = this.#rows;
    const [at, end] = [rows.column("at"), rows.column("end")];
    const [input, output] = [rows.column("input"), rows.column("output")];
    const sorted = rows.stride === 1 ? at.filter((time) => Number.isFinite(time)).sort() : null;
    const { prompts, cached, share } = this.#cache;
    return {
      requests: this.#requests,
      input: this.#lengths("input", input, this.#input),
      output: this.#lengths("output", output, this.#output),
      joint: jointOf(input, output),
      arrivals: this.#arrivals.summary(sorted),
      concurrency:
        concurrencyOfIntervals(at, end, rows.stride) ??
        concurrencyOfGauges(this.#gauges.column("at"), this.#gauges.column("input")),
      reportedHitShare: prompts > 0 ? cached / prompts : Number.isNaN(share) ? null : share,
      stride: rows.stride,
    };
  }

  /** The requests with a time, in its order and from 0, for the simulation to play; null where none has one. */
  traceColumns(): TraceColumns | null {
    const [at, input, output] = [
      this.#rows.column("at"),
      this.#rows.column("input"),
      this.#rows.column("output"),
    ];
    const order = Uint32Array.from(at, (_, i) => i)
      .filter((i) => Number.isFinite(at[i]))
      .sort((a, b) => (at[a] as number) - (at[b] as number));
    if (order.length === 0) return null;
    const startMs = at[order[0] as number] as number;
    const sorted = (column: Float64Array, less: number) =>
      Float64Array.from(order, (i) => (column[i] as number) - less);
    return {
      atMs: sorted(at, startMs),
      inputTokens: sorted(input, 0),
      outputTokens: sorted(output, 0),
      stride: this.#rows.stride,
    };
  }

  #lengths(side: "input" | "output", column: Float64Array, totals: LengthTotals): LengthSummary | null {
    const histogram = this.#histograms.get(side);
    if (!histogram || totals.requests > 0) return lengthsOf(column, totals);
    const sample = sampleOf(histogram);
    const { count, sum } = histogram;
    const mean = sample.reduce((total, length) => total + length, 0) / Math.max(1, sample.length);
    const tokens = sum > 0 ? sum : mean * count;
    const max = sample.reduce((most, length) => Math.max(most, length), 0);
    return lengthsOf(sample, { requests: Math.round(count), tokens: Math.round(tokens), max });
  }
}

function addTo(totals: LengthTotals, length: number | null, weight: number): void {
  if (length === null) return;
  totals.requests += weight;
  totals.tokens += length * weight;
  totals.max = Math.max(totals.max, length);
}
