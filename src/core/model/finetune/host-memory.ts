/** Host memory of the fullest node at load, in training and at save; and what lies on disk. */
import type { MlaArchitecture } from "../../domain/architecture.ts";
import type { DiskItem, TrainingRank } from "../../domain/finetune-estimate.ts";
import { needsCopy, readsPublished, type FinetunePlan } from "../../domain/finetune-plan.ts";
import { copyBytes, weightTotals } from "../../tensors/weight-totals.ts";
import { GIB } from "../../units/quantity.ts";
import { isMegatron } from "./activations.ts";
import { BASE_BYTES, modelParameters } from "./base-weights.ts";
import { FINETUNE } from "./parameters.ts";

/** FP32 master, two moments, and the gradient in BF16. */
const OFFLOADED_STATE = 12;
const OFFLOADED_GRADIENT = 2;

export interface HostMoments {
  readonly load: number;
  readonly train: number;
  readonly save: number;
  readonly experts: number;
  readonly optimizer: number;
}

/**
 * Memory of the fullest node.
 *
 *   train   experts on the host, offloaded parameters, gradients and states, a process for each accelerator
 *   load    the whole BF16 checkpoint where rank 0 reads it for all (FSDP), a shard at a time elsewhere
 *   save    the whole model where rank 0 collects it (LLaMA-Factory after full fine-tuning); others save shards
 *
 * Anchor   KTransformers with BF16 experts: 1.2 to 1.3 TB (its technical notes), here 1.31 and the processes
 */
export function hostMoments(a: MlaArchitecture, plan: FinetunePlan, trainable: number): HostMoments {
  const { total, experts: routed } = modelParameters(a);
  const { cluster, layout } = plan;
  const processes = cluster.acceleratorsPerNode * FINETUNE.process.value;
  const onHost = layout.experts === "cpu";
  const experts = onHost ? routed * BASE_BYTES[plan.base] : 0;
  const perNode = trainable / cluster.nodes;
  const parameters = layout.offload === "parameters" ? (2 * total) / cluster.nodes : 0;
  const states =
    layout.offload === "none"
      ? plan.training.optimizer === "paged-adamw-8bit"
        ? 2 * perNode
        : 0
      : perNode * (OFFLOADED_STATE + (layout.sharding === "full" ? OFFLOADED_GRADIENT : 0));
  const train = processes + experts + parameters + states;
  const whole = layout.sharding === "full" && !onHost ? 2 * total : 0;
  const quantizing =
    onHost && plan.base !== "bf16" && !readsPublished(plan)
      ? (2 * routed) / (a.layerCount - a.denseLayerCount)
      : 0;
  const load = Math.max(train + quantizing, processes + whole);
  const collects = plan.method === "full" && plan.framework === "llamafactory" ? 2 * total : 0;
  return { load, train, save: train + collects, experts, optimizer: parameters + states };
}

/** The host as a column of the memory figure, at its fullest moment. */
export function hostRank(moments: HostMoments, plan: FinetunePlan, capacity: number | null): TrainingRank {
  const peak = Math.max(moments.load, moments.train, moments.save);
  const runtime = plan.cluster.acceleratorsPerNode * FINETUNE.process.value;
  const gathered = Math.max(0, peak - moments.experts - moments.optimizer - runtime);
  return {
    name: "Host",
    kind: "host",
    experts: moments.experts,
    dense: 0,
    gathered,
    adapters: 0,
    gradients: 0,
    optimizer: moments.optimizer,
    activations: 0,
    logits: 0,
    communication: 0,
    runtime,
    fragmentation: 0,
    total: moments.experts + moments.optimizer + runtime + gathered,
    capacity: capacity ?? 2 ** Math.ceil(Math.log2(peak / GIB)) * GIB,
  };
}

/** What lies on disk at once when the run ends: checkpoint as published, its BF16 copy, two checkpoints. */
export function diskItems(
  a: MlaArchitecture,
  plan: FinetunePlan,
  trainable: number,
  adapterFile: number | null,
): readonly DiskItem[] {
  const published = weightTotals(a, "fp8", { mtpLayer: true }).total;
  const state =
    plan.method === "full"
      ? 12 * trainable + (isMegatron(plan) ? 2 * trainable : 0)
      : (adapterFile ?? 0) + 8 * trainable;
  return [
    { name: "FP8 checkpoint", bytes: published },
    ...(needsCopy(plan) ? [{ name: "BF16 copy", bytes: copyBytes(a) }] : []),
    { name: "Two training checkpoints", bytes: 2 * state },
  ];
}
