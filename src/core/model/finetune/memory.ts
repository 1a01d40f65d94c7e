/** Memory of a training run on every rank, by part. */
import type { MlaArchitecture } from "../../domain/architecture.ts";
import type { Accelerator } from "../../domain/catalog.ts";
import type { TrainingRank } from "../../domain/finetune-estimate.ts";
import type { FinetunePlan } from "../../domain/finetune-plan.ts";
import { acceleratorsOf } from "../../domain/plan.ts";
import { deviceCapacity } from "../memory/memory-facts.ts";
import { isMegatron, keptActivations, logitBytes } from "./activations.ts";
import type { LayerAdapters } from "./adapters.ts";
import { BASE_BYTES, modelParameters, PLAIN_BYTES } from "./base-weights.ts";
import { cutOf, stageShares, storedBase, type Cut, type StageShare } from "./cut.ts";
import { OFFERS } from "./offers.ts";
import { FINETUNE } from "./parameters.ts";

const MOMENTS_BYTES = { adamw: 8, "adamw-8bit": 2, "paged-adamw-8bit": 0 } as const;
const MASTER_BYTES = 4;

/**
 * Memory of every rank of one pipeline, stage by stage.
 *
 *   stored base / ranks that share it  +  largest layer gathered  +  trained weights, gradients, states
 *   +  kept activations x micro-batches in flight  +  logits  +  buffers
 *
 * In flight   1F1B: stage s of p holds min(micro-batches, p - s)
 * Per         rank; stages in order, one rank each: ranks of a stage are alike under balanced routing
 * Anchor      finetune-evidence.test.ts
 */
export function trainingRanks(
  a: MlaArchitecture,
  plan: FinetunePlan,
  accelerator: Accelerator,
  adapters: readonly LayerAdapters[],
): readonly TrainingRank[] {
  const cut = cutOf(plan);
  const shares = stageShares(a, plan, adapters);
  const stages = shares.map((share, stage) => stageRank(a, plan, accelerator, cut, share, stage));
  const perStage = Math.max(1, Math.min(cut.accelerators, plan.cluster.acceleratorsPerNode) / stages.length);
  const shown = stages.flatMap((rank) =>
    Array.from({ length: Math.max(1, Math.floor(perStage)) }, () => rank),
  );
  return shown.map((rank, index) => ({ ...rank, name: `GPU ${index}` }));
}

function stageRank(
  a: MlaArchitecture,
  plan: FinetunePlan,
  accelerator: Accelerator,
  cut: Cut,
  share: StageShare,
  stage: number,
): TrainingRank {
  const { pp, tp } = plan.layout;
  const stored = storedBase(plan, share, cut.accelerators);
  const gathered = gatheredBytes(a, plan);
  const trained = trainedBytes(plan, cut, share);
  const inFlight = Math.min(cut.microBatches, pp - stage);
  const activations = activationBytes(a, plan, cut, share, inFlight);
  const last = stage === pp - 1;
  const logits = last ? cut.tokens * logitBytes(plan) * a.vocabularySize : 0;
  const groups = [plan.layout.ep, pp, tp, plan.layout.cp, cut.dp].filter((ranks) => ranks > 1).length;
  const exchange = plan.layout.ep > 1 ? 4 * cut.tokens * a.expertsPerToken * a.hiddenSize : 0;
  const buckets = plan.layout.sharding === "full" && cut.accelerators > 1 ? FINETUNE.bucket.value : 0;
  const communication = groups * FINETUNE.channel.value + exchange + buckets;
  const share_ = isMegatron(plan) ? FINETUNE.fragmentationMegatron.value : FINETUNE.fragmentationPeft.value;
  const parts = {
    ...stored,
    gathered,
    ...trained,
    activations,
    logits,
    communication,
    runtime: FINETUNE.context.value,
    fragmentation: share_ * (activations + logits + gathered),
  };
  const total = Object.values(parts).reduce((sum, bytes) => sum + bytes, 0);
  return { name: "", kind: "accelerator", ...parts, total, capacity: deviceCapacity(accelerator) };
}

/** The largest unit that a sharded run puts together to use it: a whole layer, all of its experts too. */
function gatheredBytes(a: MlaArchitecture, plan: FinetunePlan): number {
  if (plan.layout.sharding !== "full" || acceleratorsOf(plan.cluster) === 1) return 0;
  const { layers, head } = modelParameters(a);
  const bytes = plan.method === "full" ? PLAIN_BYTES : BASE_BYTES[plan.base];
  const onHost = plan.layout.experts === "cpu";
  const layer = Math.max(
    ...layers.map(({ experts, dense }) => (onHost ? dense * PLAIN_BYTES : experts * bytes + dense * bytes)),
  );
  return Math.max(layer, head * PLAIN_BYTES);
}

interface Trained {
  readonly adapters: number;
  readonly gradients: number;
  readonly optimizer: number;
}

function trainedBytes(plan: FinetunePlan, cut: Cut, share: StageShare): Trained {
  const { layout, training } = plan;
  const offer = OFFERS[plan.framework];
  const full = plan.method === "full";
  const dense = full ? share.dense : share.adapters.dense;
  const routed = full ? share.experts : layout.experts === "cpu" ? 0 : share.adapters.routed;
  const sharded = layout.sharding === "full";
  const [denseRanks, routedRanks] = sharded ? [cut.accelerators, cut.accelerators] : [1, 1];
  const weights = dense / denseRanks + routed / routedRanks;
  const shares =
    layout.sharding === "optimizer"
      ? dense / (cut.dp * layout.cp) + routed / Math.max(1, cut.expertDp)
      : weights;
  const away = layout.offload !== "none";
  const state = MOMENTS_BYTES[training.optimizer] + (full || offer.masters ? MASTER_BYTES : 0);
  // DeepSpeed keeps gradients in BF16, Megatron and PEFT's adapters in FP32.
  const gradient = full && sharded ? 2 : 4;
  return {
    adapters: full ? 0 : weights * offer.adapterBytes,
    gradients: layout.offload === "parameters" || (away && sharded) ? 0 : weights * gradient,
    optimizer: away ? 0 : shares * state,
  };
}

function activationBytes(
  a: MlaArchitecture,
  plan: FinetunePlan,
  { tokens }: Cut,
  { denseLayers, moeLayers }: StageShare,
  inFlight: number,
): number {
  const kept = keptActivations(a, plan);
  const whole = denseLayers * kept.dense + moeLayers * kept.moe;
  if (plan.training.recompute !== "full") return inFlight * tokens * whole;
  const inputs = (denseLayers + moeLayers) * 2 * a.hiddenSize;
  const largest = Math.max(denseLayers > 0 ? kept.dense : 0, moeLayers > 0 ? kept.moe : 0);
  return inFlight * tokens * inputs + tokens * largest;
}
