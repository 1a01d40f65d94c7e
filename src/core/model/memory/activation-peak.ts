import type { MlaArchitecture } from "../../domain/architecture.ts";

export interface ActivationInput {
  readonly architecture: MlaArchitecture;
  /** Tokens of one forward pass on one rank. */
  readonly tokens: number;
  readonly tp: number;
  readonly dpAttention: number;
  readonly ep: number;
  /** Rows of logits that the sampler sees at once. */
  readonly logitRows: number;
  /** Grouped FP8 GEMMs (DeepGEMM): every expert's rows are padded to whole blocks, in two workspaces. */
  readonly groupedGemm: boolean;
}

const BF16 = 2;
const FP32 = 4;
/** Rows of one expert are padded to this many in grouped GEMMs. */
const GROUP_ROWS = 128;
/** Residual, a layer's input and its output are alive around every sublayer. */
const LIVE_HIDDEN_STATES = 3;

/**
 * Largest sum of temporary tensors in one forward pass, in 16-bit activations.
 *
 *   peak = max( 3 hidden + max(experts, attention, dense), logits )
 *   experts, Triton    rows * (hidden + 3 * intermediate / moeTp) * 2       rows = tokens * dp * topK / ep
 *   experts, grouped   2 workspaces of (rows + localExperts * 127) * hidden * 2
 *   attention          tokens * heads / attentionTp * (q 192 + k 192 + v 128 + kv_b 256 + out 128) * 2
 *   logits             rows * vocabulary * (2 + 4)
 *
 * Per      rank.
 * Leaves   out allocator fragmentation and library workspaces.
 * Source   vLLM fused_moe and deep_gemm_moe workspace shapes; SGLang deepseek_v2 forward (2025-2026)
 * Anchor   8,192 tokens at TP 8 with grouped GEMMs: 2.95 GiB: activation-peak.test.ts
 */
export function activationPeak(input: ActivationInput): number {
  const { architecture: a, tokens, tp, dpAttention } = input;
  const hidden = tokens * a.hiddenSize * BF16;
  const heads = a.headCount / (tp / dpAttention);
  const headDim = 2 * (a.nopeHeadDim + a.ropeHeadDim) + 2 * a.valueHeadDim + (a.nopeHeadDim + a.valueHeadDim);
  const attention = tokens * heads * headDim * BF16;
  const dense = (tokens * 3 * a.denseIntermediateSize * BF16) / (dpAttention > 1 ? 1 : tp);
  const forward = LIVE_HIDDEN_STATES * hidden + Math.max(expertBuffers(input), attention, dense);
  const logits = input.logitRows * a.vocabularySize * (BF16 + FP32);
  return Math.max(forward, logits);
}

function expertBuffers(input: ActivationInput): number {
  const { architecture: a, tokens, tp, dpAttention, ep } = input;
  const rows = (tokens * dpAttention * a.expertsPerToken) / ep;
  if (input.groupedGemm) {
    const padded = rows + (a.routedExpertCount / ep) * (GROUP_ROWS - 1);
    return 2 * padded * a.hiddenSize * BF16;
  }
  const moeTp = Math.max(1, tp / ep);
  return rows * (a.hiddenSize + (3 * a.expertIntermediateSize) / moeTp) * BF16;
}
