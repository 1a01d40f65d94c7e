import type { EstimateBasis } from "./provenance.ts";

/** The hue an operator is drawn in, the same one as that part's bytes. */
export type PartHue = "experts" | "dense" | "kv" | "act" | "comm" | "runtime";

/** What bounds an operator at these shapes. */
export type Bound = "compute" | "bandwidth" | "network" | "latency" | "host";

export type OperatorId =
  | "routed-experts"
  | "attention-core"
  | "mla-projections"
  | "shared-expert"
  | "dense-ffn"
  | "all-reduce"
  | "all-to-all"
  | "router"
  | "elementwise"
  | "lm-head"
  | "pipeline"
  | "prefill-interference"
  | "host";

/** One row of a waterfall. Times in milliseconds, summed over the layers of the step. */
export interface OperatorTime {
  readonly id: OperatorId;
  readonly name: string;
  readonly hue: PartHue;
  readonly ms: number;
  /** The least time physics allows for it; absent for host work. */
  readonly limitMs?: number;
  readonly bound: Bound;
  readonly basis: EstimateBasis;
  /** Calls in the step, where that explains it (122 all-reduces). */
  readonly count?: number;
}

/** One forward pass of one replica (or pool instance). */
export interface StepTime {
  readonly kind: "decode" | "prefill";
  /** Sequences (decode) or new tokens (prefill) in the step, whole replica. */
  readonly batch: number;
  readonly contextTokens: number;
  readonly totalMs: number;
  readonly operators: readonly OperatorTime[];
  readonly basis: EstimateBasis;
}
