/** What the forward pass leaves behind for the backward pass, bytes a token and layer. */
import type { MlaArchitecture } from "../../domain/architecture.ts";
import type { AdapterTarget, FinetunePlan } from "../../domain/finetune-plan.ts";

export interface LayerActivations {
  readonly dense: number;
  readonly moe: number;
}

const BF16 = 2;
const FP32 = 4;

/**
 * Kept by Hugging Face's modules with PEFT adapters, nothing recomputed.
 *
 *   attention   norm in FP32 twice, q, k, v and output in BF16
 *   dense       norm; gate, up and their activation (the frozen down projection keeps no input)
 *   moe         norm; router; gate, up, activation and output of every expert a token visits; shared expert
 *   adapters    the input of each in FP32, and a byte an element where dropout keeps its mask
 *
 * Leaves   what the host keeps of the experts under KTransformers, see `hostExperts`.
 * Anchor   1.10 to 1.14 MB a token for one dense and one MoE layer on an H200 (lora_h200_slices), here 1.21:
 *          evidence in finetune-evidence.test.ts
 */
function keptByPeft(a: MlaArchitecture, plan: FinetunePlan): LayerActivations {
  const hostExperts = plan.layout.experts === "cpu";
  const norm = 2 * FP32 * a.hiddenSize;
  const inputs = adapterInputs(a, plan);
  const attention = norm + 2 * FP32 * (a.queryLoraRank + a.kvLoraRank) + heads(a) + inputs.attention;
  const dense = norm + 3 * BF16 * a.denseIntermediateSize + inputs.dense;
  const shared = 3 * BF16 * a.sharedExpertCount * a.expertIntermediateSize;
  const routed = a.expertsPerToken * BF16 * (3 * a.expertIntermediateSize + a.hiddenSize);
  const router = FP32 * (a.hiddenSize + a.routedExpertCount);
  const moe = norm + router + shared + (hostExperts ? 2 * BF16 * a.hiddenSize : routed) + inputs.moe;
  return { dense: attention + dense, moe: attention + moe };
}

interface AdapterInputs {
  readonly attention: number;
  readonly dense: number;
  readonly moe: number;
}

/** Inputs of the trained matrices, which their gradients need; adapters of the host's experts keep theirs there. */
function adapterInputs(a: MlaArchitecture, { method, adapters, layout }: FinetunePlan): AdapterInputs {
  const mlp = (width: number) => 2 * a.hiddenSize + width;
  const width: Readonly<Record<AdapterTarget, number>> = {
    q_a: a.hiddenSize,
    q_b: a.queryLoraRank,
    kv_a: a.hiddenSize,
    kv_b: a.kvLoraRank,
    o: a.headCount * a.valueHeadDim,
    dense: mlp(a.denseIntermediateSize),
    shared: mlp(a.sharedExpertCount * a.expertIntermediateSize),
    routed: layout.experts === "cpu" ? 0 : a.expertsPerToken * mlp(a.expertIntermediateSize),
    router: a.hiddenSize,
  };
  const full = method === "full";
  const bytes = full ? BF16 : FP32 + ((adapters?.dropout ?? 0) > 0 ? 1 : 0);
  const sum = (targets: readonly AdapterTarget[]) =>
    targets
      .filter((target) => full || adapters?.ranks[target] !== undefined)
      .reduce((total, target) => total + bytes * width[target], 0);
  return {
    attention: sum(["q_a", "q_b", "kv_a", "kv_b", "o"]),
    dense: sum(["dense"]),
    moe: sum(["shared", "routed", "router"]),
  };
}

/** q, k, v and the output of attention. */
function heads(a: MlaArchitecture): number {
  return BF16 * a.headCount * (2 * (a.nopeHeadDim + a.ropeHeadDim) + 2 * a.valueHeadDim);
}

/**
 * Kept by Megatron's fused modules.
 *
 *   selective   up-projections of MLA, norms and activations are computed again (`mla_up_proj`, `layernorm`,
 *               `moe_act`, `mlp`): what stays are the latents, the output of attention and the experts' ends
 */
function keptByMegatron(a: MlaArchitecture, selective: boolean): LayerActivations {
  const norm = (selective ? 1 : 2) * BF16 * a.hiddenSize;
  const latents = 2 * BF16 * (a.queryLoraRank + a.kvLoraRank + a.ropeHeadDim);
  const core = selective ? BF16 * a.headCount * a.valueHeadDim : heads(a);
  const attention = norm + latents + core;
  const gates = selective ? 2 : 3;
  const dense = norm + gates * BF16 * a.denseIntermediateSize;
  const shared = gates * BF16 * a.sharedExpertCount * a.expertIntermediateSize;
  const routed = a.expertsPerToken * BF16 * (gates * a.expertIntermediateSize + 2 * a.hiddenSize);
  return { dense: attention + dense, moe: attention + norm + FP32 * a.routedExpertCount + shared + routed };
}

/** Kept per token by layer kind when nothing (`full` false) or what "selective" names is recomputed. */
export function keptActivations(a: MlaArchitecture, plan: FinetunePlan): LayerActivations {
  if (isMegatron(plan)) return keptByMegatron(a, plan.training.recompute === "selective");
  return keptByPeft(a, plan);
}

/** Frameworks with Megatron's fused kernels. */
export function isMegatron({ framework }: Pick<FinetunePlan, "framework">): boolean {
  return framework === "ms-swift" || framework === "megatron-bridge";
}

/**
 * Bytes of logits and their loss, a token and vocabulary entry.
 *
 *   Hugging Face   BF16 logits 2, FP32 copy 4, log-probabilities 4, gradient 4
 *   Megatron       BF16 logits 2, FP32 copy 4, gradient in place of it 4
 *
 * Anchor   1.87 MB a token with checkpoints on an H200: 14 x 129,280 and two layers' inputs are 1.87.
 */
export const logitBytes = (plan: FinetunePlan): number => (isMegatron(plan) ? 10 : 14);
