/** What the model says of a fine-tuning plan. Plain data: it crosses workers and is printed as JSON. */
import type { Note } from "./estimate.ts";
import type { AdapterTarget } from "./finetune-plan.ts";
import type { Infeasible } from "./infeasible.ts";
import type { EstimateBasis, Ranged } from "./provenance.ts";
import type { Bound, PartHue } from "./step.ts";

export interface AdapterCount {
  readonly target: AdapterTarget;
  readonly rank: number;
  /** Matrices that carry one. */
  readonly modules: number;
  readonly parameters: number;
}

export interface TrainableParameters {
  /** Of the model without its multi-token-prediction layer. */
  readonly model: number;
  readonly trainable: number;
  /** Empty in full fine-tuning. */
  readonly adapters: readonly AdapterCount[];
  /** Of the adapters as the framework saves them; null in full fine-tuning. */
  readonly adapterFileBytes: number | null;
}

/** Memory of one rank by part, bytes; `total` is their sum. */
export interface TrainingRank {
  /** "GPU 0" ..., "Host". */
  readonly name: string;
  readonly kind: "accelerator" | "host";
  /** Base weights as this rank stores them. */
  readonly experts: number;
  readonly dense: number;
  /** Weights of other ranks that are here while they are used. */
  readonly gathered: number;
  /** What is trained besides stored base weights: adapters (or masters), gradients, optimizer states. */
  readonly adapters: number;
  readonly gradients: number;
  readonly optimizer: number;
  readonly activations: number;
  readonly logits: number;
  /** Communication buffers, the driver's context, what the allocator cannot use. */
  readonly communication: number;
  readonly runtime: number;
  readonly fragmentation: number;
  readonly total: number;
  readonly capacity: number;
}

export interface TrainingMemory {
  /** One for each accelerator of the first pipeline group, or of the whole cluster where that is smaller. */
  readonly ranks: readonly TrainingRank[];
  /** The fullest host, at its fullest moment. */
  readonly host: TrainingRank;
  /** Host memory of the fullest node at its three moments. */
  readonly hostMoments: { readonly load: number; readonly train: number; readonly save: number };
  readonly basis: EstimateBasis;
}

/** Bytes of the fullest rank; 0 where there is none. */
export const fullestRank = (memory: TrainingMemory | null): number =>
  Math.max(0, ...(memory?.ranks ?? []).map(({ total }) => total));

/** Bytes left on the rank that has least; infinite where there is none. */
export const leastSpare = (memory: TrainingMemory | null): number =>
  Math.min(...(memory?.ranks ?? []).map(({ capacity, total }) => capacity - total));

export interface DiskItem {
  readonly name: string;
  readonly bytes: number;
}

/** One part of an optimizer step; `seconds` sum to the step. */
export interface StepPart {
  readonly name: string;
  readonly hue: PartHue;
  readonly seconds: number;
  readonly bound: Bound;
}

export interface TrainingPerformance {
  readonly stepSeconds: Ranged;
  readonly tokensPerSecond: Ranged;
  readonly tokensPerSecondPerAccelerator: Ranged;
  /** Of the accelerators' BF16 peak: model operations alone, nothing recomputed. */
  readonly mfu: Ranged;
  readonly steps: number;
  readonly tokensPerStep: number;
  readonly trainHours: Ranged;
  readonly parts: readonly StepPart[];
  readonly limitedBy: { readonly resource: string; readonly share: number; readonly reason: string };
}

/** One stage from checkpoint to served file; they run one after another. */
export interface Stage {
  readonly name: string;
  readonly hue: PartHue;
  readonly hours: Ranged;
  /** Bytes read and written, or tokens; null where neither says anything. */
  readonly bytes: number | null;
  readonly tokens: number | null;
  readonly bound: string;
}

/** One step of "From adapter to a served file". */
export interface ExportStep {
  readonly name: string;
  readonly detail: string;
  readonly bytes: number | null;
}

export interface FinetuneEstimate {
  readonly fits: boolean;
  readonly infeasible: readonly Infeasible[];
  readonly parameters: TrainableParameters;
  readonly memory: TrainingMemory | null;
  readonly disk: { readonly items: readonly DiskItem[]; readonly peak: number };
  /** Present also for plans that do not fit but whose speed can be told. */
  readonly performance: TrainingPerformance | null;
  readonly schedule: readonly Stage[];
  readonly cost: {
    readonly usdPerHour: Ranged;
    /** Training alone, and from checkpoint to served file on the same machines. */
    readonly usd: Ranged;
    readonly usdSchedule: Ranged;
    readonly usdPerMillionTokens: Ranged;
    readonly offer: string;
  } | null;
  readonly export: readonly ExportStep[];
  readonly notes: readonly Note[];
}
