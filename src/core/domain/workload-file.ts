/** What a file of one's own says about a workload. Plain data: tokens, milliseconds, shares 0..1. */
import type { QuantileSketch } from "./simulation.ts";

export type WorkloadFileFormat =
  "text" | "json-lines" | "json" | "csv" | "vllm-log" | "sglang-log" | "prometheus" | "binary" | "empty";

/** How a record says what it asked and answered. */
export type RecordShape =
  | "document"
  | "openai-chat"
  | "openai-batch"
  | "anthropic"
  | "conversation"
  | "prompt-completion"
  | "counts"
  | "vllm-request"
  | "sglang-request"
  | "histogram";

/** A line that was left out, and why. Lines count from 1. */
export interface LineProblem {
  readonly line: number;
  readonly problem: string;
}

export interface LengthBin {
  /** Tokens: `from` belongs to the bin, `to` to the next one. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

export interface LengthSummary {
  readonly requests: number;
  /** Over all requests; 0 where lengths come from a histogram without a sum. */
  readonly tokens: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  readonly sketch: QuantileSketch;
  readonly histogram: readonly LengthBin[];
}

/** Outputs by slices of equal probability of the input, shortest inputs first: `RequestLengths` "joint". */
export interface JointLengths {
  readonly inputTokens: QuantileSketch;
  readonly outputTokens: readonly QuantileSketch[];
  /** Of the ranks (Spearman), -1 .. 1. */
  readonly rankCorrelation: number;
}

/** What a cache that keeps whole blocks would find of every prompt, in the order of the file. */
export interface PrefixByBlock {
  readonly blockTokens: number;
  readonly hitShare: number;
}

export interface PrefixSummary {
  /** Of prompts whose tokens are known; empty where none are. */
  readonly byBlock: readonly PrefixByBlock[];
  /** Blocks a cache of this estimate holds, oldest forgotten first. */
  readonly cacheTokens: number;
  /** What the server itself said it found; null where it said nothing. */
  readonly reportedHitShare: number | null;
}

export interface ArrivalSummary {
  readonly startMs: number;
  readonly endMs: number;
  /** False: times count from the file's own zero, so hours of the day mean nothing. */
  readonly calendar: boolean;
  readonly requestsPerSecond: number;
  /** Of the busiest hour; the whole file where it is shorter. */
  readonly peakHourRequestsPerSecond: number;
  /** Requests a second in each hour of the day, as the file writes time (UTC where it names no zone). */
  readonly byHour: readonly number[];
  /** Coefficient of variation of the gaps: 1 is Poisson, above it bursts; null below 20 gaps. */
  readonly gapVariation: number | null;
  /** Variance over mean of the counts in one bucket: 1 is Poisson; null where buckets are few. */
  readonly dispersion: number | null;
  readonly bucketMs: number;
  /** Arrivals in each bucket from `startMs`. */
  readonly buckets: readonly number[];
}

export interface ConcurrencySummary {
  /** `intervals`: from begin and end of requests. `gauges`: what the server wrote down. */
  readonly basis: "intervals" | "gauges";
  readonly mean: number;
  readonly p95: number;
  readonly peak: number;
  readonly bucketMs: number;
  readonly startMs: number;
  /** Mean requests in flight in each bucket. */
  readonly buckets: readonly number[];
}

/** Fields of a plan's workload, as far as the file tells them. */
export interface WorkloadSuggestion {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly requestsPerSecond?: number;
  readonly concurrency?: number;
  readonly prefixHitRate?: number;
}

export interface WorkloadFileSummary {
  readonly version: 1;
  readonly format: WorkloadFileFormat;
  readonly shapes: Readonly<Partial<Record<RecordShape, number>>>;
  readonly characters: number;
  readonly lines: number;
  /** Requests with a length, in or out. */
  readonly requests: number;
  readonly skipped: { readonly count: number; readonly first: readonly LineProblem[] };
  readonly tokenizer: {
    /** Tokens that were counted here; the other lengths are the file's own figures. */
    readonly countedTokens: number;
    /** Of these: begin of sentence, user and assistant marks, end of sentence. */
    readonly templateTokens: number;
    /** Long runs that were cut where a token may have been split; each moves the count by a few tokens. */
    readonly roughCuts: number;
  };
  readonly input: LengthSummary | null;
  readonly output: LengthSummary | null;
  readonly joint: JointLengths | null;
  readonly prefix: PrefixSummary | null;
  readonly arrivals: ArrivalSummary | null;
  readonly concurrency: ConcurrencySummary | null;
  readonly suggestion: WorkloadSuggestion;
  /** What a reader should know about how it was read. */
  readonly notes: readonly string[];
}

export interface WorkloadFileProgress {
  readonly bytes: number;
  readonly totalBytes: number;
  readonly requests: number;
  readonly countedTokens: number;
  readonly skipped: number;
}

/** How requests are rendered before they are counted. */
export interface WorkloadFileOptions {
  /** Prompts that are plain text: `chat` as one user message, `completion` after begin of sentence alone. */
  readonly prompts?: "chat" | "completion";
  /** Block of the suggested prefix hit rate: 16, 64 or 256 tokens; 64 where absent. */
  readonly blockTokens?: 16 | 64 | 256;
}
