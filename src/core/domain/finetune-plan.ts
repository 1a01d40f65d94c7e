/**
 * The plan of a fine-tuning run, version 1. Model, cluster, price and target are the serving plan's;
 * the rest says what is trained, over which base, how the run is cut over ranks, and on how many tokens.
 */
import {
  acceleratorsOf,
  type ClusterPlan,
  type ModelId,
  type PricePlan,
  type Target,
  type WeightsId,
} from "./plan.ts";

/** Frozen base and adapters, the same over a base of four bits or fewer, or every weight. */
export const FINETUNE_METHODS = ["lora", "qlora", "full"] as const;
export type FinetuneMethod = (typeof FINETUNE_METHODS)[number];

/** Software that runs this model. What each really offers is a table of core/model/finetune. */
export const FRAMEWORKS = [
  "ktransformers",
  "ms-swift",
  "megatron-bridge",
  "llamafactory",
  "xtuner",
  "colossalai",
] as const;
export type FrameworkId = (typeof FRAMEWORKS)[number];

/** How the weights of the base lie in memory while training; `nf4` with doubly quantized scales. */
export const BASE_FORMATS = ["bf16", "fp8", "int8", "nf4", "int4", "int3", "int2"] as const;
export type BaseFormat = (typeof BASE_FORMATS)[number];

/** Groups of matrices that can carry an adapter. An adapter on the router trains it; without one it is frozen. */
export const ADAPTER_TARGETS = [
  "q_a",
  "q_b",
  "kv_a",
  "kv_b",
  "o",
  "dense",
  "shared",
  "routed",
  "router",
] as const;
export type AdapterTarget = (typeof ADAPTER_TARGETS)[number];

export interface AdapterPlan {
  /** Rank by target; a target without one stays as it is. */
  readonly ranks: Readonly<Partial<Record<AdapterTarget, number>>>;
  /** Absent: twice the rank. */
  readonly alpha?: number;
  /** Share of an adapter's inputs that training drops. Absent: none. */
  readonly dropout?: number;
  /** Numbers of the routed experts that carry adapters, in every MoE layer. Absent: all. */
  readonly experts?: readonly number[];
}

/**
 * How the run is cut over ranks: `dp = accelerators / (tp * pp * cp)`, and `ep` divides `tp * cp * dp`.
 * `sharding`: what data-parallel ranks share out among themselves: nothing, the optimizer (ZeRO-1),
 * gradients too (ZeRO-2), parameters too (ZeRO-3, FSDP).
 */
export interface TrainingLayout {
  readonly tp: number;
  readonly pp: number;
  readonly ep: number;
  /** Context (sequence) parallelism. */
  readonly cp: number;
  readonly sharding: "none" | "optimizer" | "gradients" | "full";
  /** What waits in host memory: nothing, the optimizer, parameters too. */
  readonly offload: "none" | "optimizer" | "parameters";
  /** `cpu`: routed experts are stored and multiplied by the host (KTransformers). */
  readonly experts: "gpu" | "cpu";
}

/** AdamW with 32-bit states, with 8-bit ones, and with 8-bit ones that page to the host. */
export const OPTIMIZERS = ["adamw", "adamw-8bit", "paged-adamw-8bit"] as const;
export type Optimizer = (typeof OPTIMIZERS)[number];

export interface TrainingPlan {
  readonly sequenceTokens: number;
  /** Sequences a rank takes at once, and sequences of one optimizer step over the whole cluster. */
  readonly microBatch: number;
  readonly globalBatch: number;
  /** What of the forward pass is computed again in the backward pass instead of kept. */
  readonly recompute: "none" | "selective" | "full";
  readonly optimizer: Optimizer;
  /** Full fine-tuning that leaves the router as it is. */
  readonly routerFrozen?: boolean;
  readonly learningRate?: number;
}

export interface DataPlan {
  /** Tokens of one epoch. */
  readonly tokens: number;
  readonly epochs: number;
  /** Held-out tokens, and how often the run stops to look at them. */
  readonly evaluationTokens?: number;
  readonly evaluations?: number;
}

/** What becomes of the adapters: one checkpoint with the base, or a file beside it; and its weight format. */
export interface ResultPlan {
  readonly form: "merged" | "adapter";
  readonly weights: WeightsId;
}

export interface FinetunePlan {
  readonly version: 1;
  readonly goal: "finetune";
  readonly model: ModelId;
  readonly method: FinetuneMethod;
  readonly base: BaseFormat;
  /** Absent in full fine-tuning. */
  readonly adapters?: AdapterPlan;
  readonly framework: FrameworkId;
  readonly cluster: ClusterPlan;
  readonly layout: TrainingLayout;
  readonly training: TrainingPlan;
  readonly data: DataPlan;
  readonly result: ResultPlan;
  readonly price?: PricePlan;
  readonly target?: Target;
}

/** The host multiplies experts in the published FP8: nothing is cast before training. */
export const readsPublished = ({ framework, base }: Pick<FinetunePlan, "framework" | "base">): boolean =>
  framework === "ktransformers" && base === "fp8";

/** A BF16 copy of the checkpoint is made: to train over, or to merge adapters into. */
export const needsCopy = (plan: Pick<FinetunePlan, "framework" | "base" | "result">): boolean =>
  !readsPublished(plan) || plan.result.form === "merged";

/** Ranks that hold the same part of the model and see different data. */
export function dataParallelRanks(plan: Pick<FinetunePlan, "cluster" | "layout">): number {
  const { cluster, layout } = plan;
  return acceleratorsOf(cluster) / (layout.tp * layout.pp * layout.cp);
}
