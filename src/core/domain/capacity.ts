/** How many users of how long a context a machine holds. Plain data. */
import type { EstimateBasis } from "./provenance.ts";

/** One load at one context length. Speed is `null` where it cannot be told or the load does not fit. */
export interface CapacityCell {
  readonly users: number;
  readonly fits: boolean;
  readonly tokensPerSecondPerUser: number | null;
  readonly tokensPerSecond: number | null;
}

/** Requests of the plan's shape, made as long as `contextTokens` over prompt and answer. */
export interface CapacityColumn {
  readonly contextTokens: number;
  /** Most users that fit at once; 0 where not one does. */
  readonly mostUsers: number;
  readonly cells: readonly CapacityCell[];
}

export interface CapacityMap {
  readonly columns: readonly CapacityColumn[];
  /** The plan's own point. */
  readonly own: {
    readonly contextTokens: number;
    readonly users: number;
    /** Most users at the plan's own context. */
    readonly mostUsers: number;
    readonly basis: EstimateBasis | null;
  };
  /** The longest context that the model or the plan's engine settings take. */
  readonly longestContext: number;
}
