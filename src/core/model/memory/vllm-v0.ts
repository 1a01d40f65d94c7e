import type { MlaArchitecture } from "../../domain/architecture.ts";
import type { RankWeights } from "../../tensors/shard-weights.ts";

/**
 * Weights that vLLM before 0.8 kept beside the checkpoint's own: products of MLA's up-projections, in FP8
 * (query rotary part in BF16), in place of the later 16-bit copies of kv_b.
 *
 *   heads * (queryLora * kvLora + kvLora * hidden) + 2 * heads * queryLora * rope - absorbed     a layer
 *
 * Per      rank; negative never.
 * Leaves   out block scales (0.02 %).
 * Source   vllm 0.7 attention/backends/mla/utils.py process_weights_after_loading
 * Anchor   4.1 GiB at TP 8: 83.88 GiB in the log against 79.74 of later versions: memory-logs.test.ts
 */
export function absorbedByMatrix(a: MlaArchitecture, weights: RankWeights, attentionTp: number): number {
  const heads = a.headCount / attentionTp;
  const products = heads * a.kvLoraRank * (a.queryLoraRank + a.hiddenSize);
  const queryRotary = heads * a.queryLoraRank * a.ropeHeadDim * 2;
  return weights.layerCount * (products + queryRotary) - weights.absorbed;
}
