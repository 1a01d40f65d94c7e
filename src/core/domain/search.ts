/**
 * What a search asks and answers. Plain data: queries are JSON that people write, results cross workers.
 */
import type {
  AcceleratorId,
  EngineId,
  FabricId,
  HostId,
  KvCacheType,
  ModelId,
  PricePlan,
  SloPlan,
  Speculative,
  WeightsId,
  WorkloadPlan,
} from "./plan.ts";
import type { EstimateBasis } from "./provenance.ts";

export const SEARCH_VERSION = 1;

/** What ranks: $ per million output tokens, tokens/s of one user, accelerators. */
export type SearchObjective = "cheapest" | "fastest" | "smallest";

/** Hardware at hand: up to `nodes` nodes of `acceleratorsPerNode`. */
export interface OwnedHardware {
  readonly accelerator: AcceleratorId;
  readonly acceleratorsPerNode: number;
  readonly nodes: number;
  readonly host?: HostId;
  readonly hostMemoryGiB?: number;
  readonly fabric?: FabricId;
}

export interface SearchBudget {
  readonly usdPerHour?: number;
  readonly usdPerMillionOutputTokens?: number;
}

/** Values that a layout's fields may take; absent: all that are usual for the cluster. */
export interface SearchLayouts {
  readonly tp?: readonly number[];
  readonly pp?: readonly number[];
  readonly dpAttention?: readonly number[];
  readonly ep?: readonly number[];
  readonly dcp?: readonly number[];
  readonly replicas?: readonly number[];
}

/**
 * What to look for. An absent list means everything that the catalog knows; of accelerators those that are
 * rented out or have a list price, or what `price.provider` and `price.term` offer.
 *
 * `workload.concurrency` is the fewest users to serve; `concurrencySteps` are the loads that are tried, and
 * every step at or above it counts. With `workload.requestsPerSecond` there is one load.
 */
export interface SearchQuery {
  readonly version: 1;
  readonly model: ModelId;
  readonly workload: WorkloadPlan;
  readonly slo: SloPlan;
  readonly budget: SearchBudget;
  /** All accelerators with their share of host and cooling. */
  readonly powerWatts?: number;
  readonly price?: PricePlan;
  readonly owned?: readonly OwnedHardware[];
  readonly engines?: readonly EngineId[];
  readonly weights?: readonly WeightsId[];
  readonly accelerators?: readonly AcceleratorId[];
  /** Accelerators of the whole cluster. */
  readonly counts?: readonly number[];
  readonly layouts: SearchLayouts;
  readonly kvCaches?: readonly KvCacheType[];
  /** Where routed experts may live. */
  readonly offload?: readonly ("gpu" | "cpu")[];
  /** Hosts that are tried where experts live in host memory. */
  readonly hosts?: readonly HostId[];
  readonly speculative?: readonly Speculative[];
  readonly concurrencySteps?: readonly number[];
  /** Speeds softer than this fall: "calibrated" leaves out what no measurement supports nearby. */
  readonly softestBasis?: EstimateBasis;
  readonly objective: SearchObjective;
}

/** Why a candidate fell: the first of these that fails, in this order. */
export type SearchCause =
  | "engine"
  | "precision"
  | "context"
  | "price-unknown"
  | "usd-per-hour"
  | "power"
  | "layout"
  | "memory-weights"
  | "memory-runtime"
  | "memory-kv-cache"
  | "host-memory"
  | "missing-fact"
  | "tpot"
  | "ttft"
  | "usd-per-million"
  | "basis";

export const SEARCH_CAUSES: readonly SearchCause[] = [
  "engine",
  "precision",
  "context",
  "price-unknown",
  "usd-per-hour",
  "power",
  "layout",
  "memory-weights",
  "memory-runtime",
  "memory-kv-cache",
  "host-memory",
  "missing-fact",
  "tpot",
  "ttft",
  "usd-per-million",
  "basis",
];

/** The same constraint a little wider, and what it would let in. */
export interface Relaxation {
  readonly from: number;
  readonly to: number;
  readonly admits: number;
  /** Of those that it admits, by the query's objective. */
  readonly bestCandidate: number;
  readonly bestUsdPerMillionOutputTokens: number | null;
}

export interface Rejection {
  readonly cause: SearchCause;
  readonly count: number;
  /** Candidates that only this constraint fells, within twice its limit. */
  readonly relaxation?: Relaxation;
}

/** Survivors as a struct of arrays: buffers can be transferred. NaN where no price is known. */
export interface SearchColumns {
  readonly length: number;
  /** Number of the candidate in its space: `planOfCandidate` gives its plan. */
  readonly candidate: Uint32Array;
  readonly usdPerMillionOutputTokens: Float64Array;
  readonly tokensPerSecondPerUser: Float64Array;
  readonly outputTokensPerSecond: Float64Array;
  readonly ttftMs: Float64Array;
  readonly usdPerHour: Float64Array;
  readonly accelerators: Uint16Array;
  readonly users: Uint32Array;
  /** Positions in the dictionaries of `SearchDictionaries`. */
  readonly engine: Uint8Array;
  readonly weights: Uint8Array;
  readonly accelerator: Uint8Array;
  readonly basis: Uint8Array;
}

/** What the small numbers of the columns mean. Position 0 of `accelerators` is "no accelerator". */
export interface SearchDictionaries {
  readonly engines: readonly EngineId[];
  readonly weights: readonly WeightsId[];
  readonly accelerators: readonly (AcceleratorId | null)[];
  readonly bases: readonly EstimateBasis[];
}

/** One row of the columns, for those who want an object. */
export interface SearchRow {
  readonly candidate: number;
  readonly engine: EngineId;
  readonly weights: WeightsId;
  readonly accelerator: AcceleratorId | null;
  readonly accelerators: number;
  readonly users: number;
  readonly usdPerMillionOutputTokens: number | null;
  readonly usdPerHour: number | null;
  readonly tokensPerSecondPerUser: number;
  readonly outputTokensPerSecond: number;
  readonly ttftMs: number;
  readonly basis: EstimateBasis;
}

/** Counts of one part of the space. `tried` of `total` candidates are decided. */
export interface SearchProgress {
  readonly tried: number;
  readonly total: number;
  readonly feasible: number;
}

/** What a search yields: rows found since the last batch, and how far it is. */
export interface SearchBatch {
  readonly progress: SearchProgress;
  readonly rows: SearchColumns;
}

/** What a part leaves behind besides its rows; parts merge into a result. */
export interface SearchTally {
  readonly tried: number;
  /** By position in `SEARCH_CAUSES`. */
  readonly rejected: Float64Array;
  readonly nearMisses: NearMisses;
  /** Stopped before every candidate was decided. */
  readonly stopped: boolean;
}

/** Candidates that exactly one constraint fells, by how much. */
export interface NearMisses {
  readonly length: number;
  readonly cause: Uint8Array;
  readonly candidate: Uint32Array;
  /** The value that the constraint would have to allow. */
  readonly needed: Float64Array;
  /** What the objective ranks by, smaller is better. */
  readonly rank: Float64Array;
  readonly usdPerMillionOutputTokens: Float64Array;
}

export interface SearchResult {
  readonly tried: number;
  readonly total: number;
  readonly stopped: boolean;
  readonly feasible: number;
  readonly rows: SearchColumns;
  /** Row numbers, best first by the query's objective. */
  readonly ranked: Uint32Array;
  /** Row numbers that no other row beats in cost, speed and size at once, by cost. */
  readonly front: Uint32Array;
  /** Row numbers on the line of cost against speed alone, by cost. */
  readonly skyline: Uint32Array;
  readonly rejectedBy: readonly Rejection[];
}
