/**
 * A service under simulated load: what goes in and what comes out. Plain data, milliseconds and
 * tokens; the step models go in beside it, as functions.
 */

/** Values at `SKETCH_PROBABILITIES`, rising; straight lines between. */
export interface QuantileSketch {
  readonly version: 1;
  readonly values: readonly number[];
}

/** One positive quantity: tokens, or milliseconds of thinking. */
export type ValueDistribution =
  | { readonly kind: "fixed"; readonly value: number }
  | { readonly kind: "uniform"; readonly low: number; readonly high: number }
  | {
      readonly kind: "lognormal" | "gamma";
      readonly mean: number;
      readonly coefficientOfVariation: number;
      /** Draws above it are cut to it; the mean falls accordingly. */
      readonly max?: number;
    }
  | { readonly kind: "sketch"; readonly sketch: QuantileSketch };

export type RequestLengths =
  /** Ranks joined by a Gaussian copula; of distributions with a quantile function (no gamma). */
  | {
      readonly kind: "correlated";
      readonly inputTokens: ValueDistribution;
      readonly outputTokens: ValueDistribution;
      /** Spearman's, -1 .. 1. */
      readonly rankCorrelation: number;
    }
  | {
      readonly kind: "independent";
      readonly inputTokens: ValueDistribution;
      readonly outputTokens: ValueDistribution;
    }
  | {
      readonly kind: "joint";
      readonly inputTokens: QuantileSketch;
      /** Output by slices of equal probability of the input, shortest inputs first. */
      readonly outputTokens: readonly QuantileSketch[];
    };

export interface TraceRequest {
  readonly atMs: number;
  /** Absent: drawn from the workload's lengths. */
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  /** Requests of one group begin with the same `prefixTokens` tokens. */
  readonly prefixGroup?: number;
  readonly prefixTokens?: number;
}

export type ArrivalProcess =
  /** Each client sends its next request when the last answer is whole and it has thought. */
  | { readonly kind: "closed-loop"; readonly clients: number; readonly thinkMs?: ValueDistribution }
  | { readonly kind: "poisson"; readonly requestsPerSecond: number }
  /** Gamma gaps: coefficient of variation 1 is Poisson, above it bursts. */
  | {
      readonly kind: "gamma";
      readonly requestsPerSecond: number;
      readonly coefficientOfVariation: number;
    }
  /** In order of time. `speed` 2 plays it twice as fast. */
  | { readonly kind: "trace"; readonly requests: readonly TraceRequest[]; readonly speed?: number };

export type PrefixReuse =
  | { readonly kind: "none" }
  /** This share of every prompt is found; it is not evicted. */
  | { readonly kind: "rate"; readonly share: number }
  /** Groups of requests share their first tokens; popularity falls as rank^-skew; evicted by block, oldest first. */
  | {
      readonly kind: "shared";
      readonly groups: number;
      readonly prefixTokens: ValueDistribution;
      readonly skew: number;
    };

export interface SimulatedWorkload {
  readonly arrivals: ArrivalProcess;
  readonly lengths: RequestLengths;
  readonly prefix: PrefixReuse;
}

/** How prompts and answers share an instance's steps. */
export interface BatchingPolicy {
  /** `prefill-first`: prompts displace decoding for their pass. `mixed`: both in one step under the budget. */
  readonly kind: "prefill-first" | "mixed";
  /** Tokens that one attention rank takes in one pass. */
  readonly tokenBudget: number;
}

/** One instance that decodes. Limits are of the whole instance, over its attention ranks. */
export interface InstanceSetup {
  readonly maxRunningRequests: number;
  readonly kvTokens: number;
  readonly pageTokens: number;
  readonly attentionRanks: number;
  /** `largest`: a step takes as long as its fullest rank; `mean`: the step model has that in it already. */
  readonly rankStep: "largest" | "mean";
  /** Decode steps between two looks at the waiting queue. */
  readonly schedulerInterval: number;
  /** Prompts wait out the interval after a pass too, until each rank has one or one alone what its budget takes. */
  readonly gathersPrompts: boolean;
  /** Share (0..1) of a request's coming output that admission sets aside. 0: admit what fits now; 1: never preempt. */
  readonly outputReserve: number;
  readonly draftTokens: number;
  /** Mean tokens of a step with drafts: 1 .. 1 + draftTokens. */
  readonly tokensPerStep: number;
}

export type ServiceSetup =
  | {
      readonly kind: "aggregated";
      readonly replicas: number;
      readonly instance: InstanceSetup;
      readonly batching: BatchingPolicy;
      /** HTTP, tokenizer, first flush; ms a request that no accelerator works on. */
      readonly requestMs: number;
    }
  | {
      readonly kind: "disaggregated";
      readonly prefillInstances: number;
      readonly prefillAttentionRanks: number;
      readonly prefillTokenBudget: number;
      readonly decodeInstances: number;
      readonly instance: InstanceSetup;
      readonly requestMs: number;
      /** Hand-over of a prompt's cache: constant and per token. */
      readonly transferMs: number;
      readonly transferMsPerToken: number;
    };

export interface SimulationInput {
  readonly seed: number;
  /** Requests that are measured, after the warm-up ones. Of a trace: at most what it has. */
  readonly requests: number;
  /** Absent: none of a trace; else a tenth of `requests`, and at least twice as many as are in flight. */
  readonly warmupRequests?: number;
  readonly workload: SimulatedWorkload;
  readonly service: ServiceSetup;
  readonly slo?: { readonly ttftMs?: number; readonly tpotMs?: number };
  /** Buckets of the timeline; 120 where absent. */
  readonly buckets?: number;
}

export interface DistributionSummary {
  readonly count: number;
  readonly mean: number;
  /** Half of the mean's 95 % confidence interval, by means of 20 batches; null below 40 values. */
  readonly halfWidth: number | null;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Means over buckets of equal width from `startMs`. */
export interface SimulationTimeline {
  readonly bucketMs: number;
  readonly queue: readonly number[];
  readonly running: readonly number[];
  readonly kvShare: readonly number[];
  readonly outputTokensPerSecond: readonly number[];
  readonly arrivalsPerSecond: readonly number[];
}

export interface SimulationResult {
  readonly seed: number;
  readonly warmup: { readonly requests: number; readonly rule: string };
  /** Measured requests that were served. */
  readonly requests: number;
  /** Measured requests that can never fit in one rank's cache. */
  readonly refused: number;
  readonly preemptions: number;
  /** Latencies are null where no measured request was served. */
  readonly ttftMs: DistributionSummary | null;
  /** Of requests with two output tokens or more. */
  readonly tpotMs: DistributionSummary | null;
  readonly endToEndMs: DistributionSummary | null;
  /** From arrival to the first pass that works on the request, `requestMs` left out. */
  readonly waitMs: DistributionSummary | null;
  /** From the first measured arrival until every measured request is done; rates are over it, whole service. */
  readonly window: { readonly startMs: number; readonly endMs: number };
  readonly requestsPerSecond: number;
  readonly outputTokensPerSecond: number;
  readonly inputTokensPerSecond: number;
  readonly goodput: { readonly requestsPerSecond: number; readonly share: number } | null;
  /** Time averages over the window, whole service. */
  readonly inFlight: number;
  readonly queue: number;
  /** Requests decoding or prefilling in one instance that decodes. */
  readonly running: number;
  readonly kv: { readonly meanShare: number; readonly peakShare: number; readonly capacityTokens: number };
  /** Share of prompt tokens found in the cache. */
  readonly prefixHitShare: number;
  /** Share of the decoding instances' time spent in passes with prompt tokens. */
  readonly prefillShare: number;
  /** False where the queue grew through the window as under arrivals that outrun the service. */
  readonly stable: boolean;
  readonly timeline: SimulationTimeline;
  /** Of the whole run, warm-up included. */
  readonly simulated: { readonly ms: number; readonly outputTokens: number; readonly events: number };
}
