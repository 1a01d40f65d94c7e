/** Where a step's operators stand under the limits of the machine that runs them. Plain data. */
import type { EstimateBasis } from "./provenance.ts";
import type { Bound, OperatorId, PartHue } from "./step.ts";

/** Where an operator runs: its limits are those of this place. */
export type RooflinePlace = "accelerator" | "host";

/** An operator over the layers of one step. Bytes and FLOP of one rank, each byte counted once. */
export interface RooflineOperator {
  readonly id: OperatorId;
  readonly name: string;
  readonly hue: PartHue;
  readonly place: RooflinePlace;
  readonly bytes: number;
  readonly flop: number;
  readonly ms: number;
  /** The least time physics allows. */
  readonly limitMs: number;
  /** FLOP per ms that its own mix of precisions could reach. */
  readonly peakFlopPerMs: number;
  readonly bound: Bound;
  readonly basis: EstimateBasis;
}

export interface RooflineStep {
  readonly kind: "decode" | "prefill";
  /** Sequences (decode) or new tokens (prefill), whole instance. */
  readonly batch: number;
  readonly operators: readonly RooflineOperator[];
  /** Of the step, spent on operators that neither read memory nor multiply: links, launches, host. */
  readonly otherMs: number;
  readonly totalMs: number;
}

/** One dense peak: "FP8". */
export interface ComputeRoof {
  readonly name: string;
  readonly flopPerMs: number;
}

/** Limits of one place, highest peak first. */
export interface Roof {
  readonly place: RooflinePlace;
  readonly name: string;
  readonly bytesPerMs: number;
  readonly peaks: readonly ComputeRoof[];
}

export interface Roofline {
  readonly roofs: readonly Roof[];
  readonly decode: RooflineStep;
  readonly prefill: RooflineStep;
}
