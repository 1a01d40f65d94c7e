/**
 * What the model says of a plan. Plain data: it crosses workers and is printed as JSON.
 * Bytes, milliseconds, tokens per second, USD. Keys named in the command line's contract:
 * fits, infeasible[], memory.ranks[], memory.kvCacheTokens, performance.*, cost.*, notes[].
 */
import type { Infeasible } from "./infeasible.ts";
import type { OwnPlan, Plan } from "./plan.ts";
import type { EstimateBasis, FactBasis, Ranged } from "./provenance.ts";
import type { StepTime } from "./step.ts";

/** Memory of one rank (one accelerator, or the host). `total = weights + kvCache + activations + runtime`. */
export interface RankMemory {
  /** "GPU 0" ..., "Host". */
  readonly name: string;
  readonly kind: "accelerator" | "host";
  readonly weights: number;
  /** Weights split for drawing; sums to `weights`. */
  readonly weightsByGroup: { readonly routedExperts: number; readonly other: number };
  /** The pool that the engine allocates (llama.cpp: the context; others: what is left under their budget). */
  readonly kvCache: number;
  /** The part of the pool that this workload fills. */
  readonly kvCacheNeeded: number;
  readonly activations: number;
  readonly runtime: number;
  readonly total: number;
  readonly capacity: number;
  /** What the engine's own rule leaves after this workload's cache; negative: by how much it is short. */
  readonly spare?: number;
}

export interface MemoryEstimate {
  readonly ranks: readonly RankMemory[];
  /** Distinct tokens that one replica can hold. */
  readonly kvCacheTokens: number;
  /** Distinct tokens that the workload asks of one replica at once. */
  readonly kvCacheTokensNeeded: number;
  /** Cache bytes of one token, summed over the layers of the whole model, one copy. */
  readonly kvBytesPerToken: number;
  /** Users of this workload that fit, over all replicas. */
  readonly concurrencyLimit: number;
  readonly weightsBytes: number;
  readonly basis: EstimateBasis;
}

/** Over the requests of a plan, whose lengths are all the mean ones; ms. */
export interface LatencyPercentiles {
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

export interface PerformanceEstimate {
  /** Mean time to first token. */
  readonly ttftMs: Ranged;
  /** Mean time per output token after the first. */
  readonly tpotMs: Ranged;
  /** How both spread over requests at this load; absent where arrivals outrun the cluster. */
  readonly percentiles?: { readonly ttftMs: LatencyPercentiles; readonly tpotMs: LatencyPercentiles };
  /** Whole cluster. */
  readonly outputTokensPerSecond: Ranged;
  readonly inputTokensPerSecond: Ranged;
  readonly requestLatencyMs: Ranged;
  readonly outputTokensPerSecondPerUser: Ranged;
  readonly outputTokensPerSecondPerAccelerator: Ranged;
  /** Requests decoding at once in one replica, as the serving model found it. */
  readonly decodeBatch: number;
  readonly steps: { readonly decode: StepTime; readonly prefill: StepTime };
  /** What binds, as a phrase: resource, share of the step (0..1), reason. */
  readonly limitedBy: { readonly resource: string; readonly share: number; readonly reason: string };
}

export interface CostLine {
  readonly label: string;
  readonly kind: "rent" | "own" | "api";
  readonly usdPerHour?: number;
  readonly usdPerMillionOutputTokens: number;
  readonly low?: number;
  readonly high?: number;
  readonly checked: string;
  readonly source: string;
}

/** One input of the cost of owning; `source` is null where the plan states it. */
export interface OwnershipInput {
  readonly key: keyof OwnPlan;
  readonly value: number;
  readonly unit: string;
  readonly basis: FactBasis | "plan";
  readonly source: string | null;
}

/** An hour of one's own cluster, and what it is made of. */
export interface OwnershipCost {
  readonly usdPerHour: number;
  readonly capexPerHour: number;
  readonly powerPerHour: number;
  readonly colocationPerHour: number;
  /** At the wall, whole cluster. */
  readonly kilowatts: number;
  readonly inputs: readonly OwnershipInput[];
}

/** Plain numbers are the command line's contract; the same figures with their intervals stand in `ranges`. */
export interface CostEstimate {
  /** Whole cluster. `null` where no price is known for this hardware. */
  readonly usdPerHour: number | null;
  /** Everything charged to output tokens, inputs included. */
  readonly usdPerMillionOutputTokens: number | null;
  readonly usdPerMillionInputTokens: number | null;
  readonly ranges: {
    readonly usdPerHour: Ranged | null;
    readonly usdPerMillionOutputTokens: Ranged | null;
    readonly usdPerMillionInputTokens: Ranged | null;
  };
  readonly lines: readonly CostLine[];
  /** What the price is: provider, term, date. */
  readonly offer: string;
  /** Absent where no purchase price is known. */
  readonly own?: OwnershipCost;
}

/** A plan near an infeasible one that does fit, fewest edits first. */
export interface NearbyPlan {
  readonly plan: Plan;
  readonly edits: readonly { readonly path: string; readonly from: string; readonly to: string }[];
  readonly spareBytes: number;
}

export interface Note {
  readonly kind: "assumption" | "warning" | "information";
  readonly message: string;
  readonly path?: string;
}

export interface Estimate {
  readonly fits: boolean;
  readonly infeasible: readonly Infeasible[];
  readonly memory: MemoryEstimate | null;
  /** Present also for plans that do not fit but whose speed can be told; `null` where it cannot. */
  readonly performance: PerformanceEstimate | null;
  readonly cost: CostEstimate | null;
  readonly notes: readonly Note[];
}
