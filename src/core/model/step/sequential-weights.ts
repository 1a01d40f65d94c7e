/** Bytes of a model by the parts that a step reads, for engines that run layer after layer. */
import { moeLayerCount, kvElementsPerTokenLayer, type MlaArchitecture } from "../../domain/architecture.ts";
import type { StepModelInput } from "../../domain/step-model.ts";
import type { GgufFileType } from "../../domain/tensor.ts";
import { ggufLayerBytes } from "../../tensors/gguf-layer-bytes.ts";
import { ggufFileType } from "../../tensors/gguf-mixes.ts";
import type { QuantizeOptions } from "../../tensors/quantize-tensors.ts";
import { isCheckpointFormat, weightTotals } from "../../tensors/weight-totals.ts";

export interface SequentialWeights {
  /** All routed experts of one MoE layer. */
  readonly expertsPerLayer: number;
  /** Attention, norms of one layer. */
  readonly attentionPerLayer: number;
  /** Shared expert and router of one MoE layer. */
  readonly sharedPerLayer: number;
  readonly densePerLayer: number;
  readonly head: number;
  readonly exact: boolean;
}

/** Unquantized attention and shared parts take more bits than the experts, up to this many. */
const MOST_BITS = 8.5;
const BITS_RATIO = 1.35;

export interface ParameterCounts {
  readonly experts: number;
  readonly attention: number;
  readonly shared: number;
  readonly dense: number;
  readonly head: number;
}

/** Parameters of one layer's parts. */
export function parameterCounts(a: MlaArchitecture): ParameterCounts {
  const queryDim = a.headCount * (a.nopeHeadDim + a.ropeHeadDim);
  const kvUp = a.headCount * (a.nopeHeadDim + a.valueHeadDim) * a.kvLoraRank;
  return {
    experts: a.routedExpertCount * 3 * a.hiddenSize * a.expertIntermediateSize,
    attention:
      a.hiddenSize * (a.queryLoraRank + kvElementsPerTokenLayer(a)) +
      a.queryLoraRank * queryDim +
      kvUp +
      a.headCount * a.valueHeadDim * a.hiddenSize,
    shared:
      a.sharedExpertCount * 3 * a.hiddenSize * a.expertIntermediateSize + a.routedExpertCount * a.hiddenSize,
    dense: 3 * a.hiddenSize * a.denseIntermediateSize,
    head: a.vocabularySize * a.hiddenSize,
  };
}

/**
 * Parts of a file of known size whose types are not known.
 *
 *   routed bits r, the rest min(8.5, 1.35 r), so that all parts add up to the file
 *
 * Leaves   out which tensor has which type: custom mixes differ, mostly in attention.
 */
export function weightsFromFileSize(a: MlaArchitecture, bytes: number): SequentialWeights {
  const n = parameterCounts(a);
  const moe = moeLayerCount(a);
  const routed = moe * n.experts;
  const rest = a.layerCount * n.attention + moe * n.shared + a.denseLayerCount * n.dense + 2 * n.head;
  const proportional = (8 * bytes) / (routed + BITS_RATIO * rest);
  const capped = (8 * bytes - MOST_BITS * rest) / routed;
  const routedBits = BITS_RATIO * proportional <= MOST_BITS ? proportional : capped;
  const restBits = Math.min(MOST_BITS, BITS_RATIO * routedBits);
  const fileBits = (8 * bytes) / (routed + rest);
  const e = routedBits > restBits ? fileBits : routedBits;
  const o = routedBits > restBits ? fileBits : restBits;
  return {
    expertsPerLayer: (n.experts * e) / 8,
    attentionPerLayer: (n.attention * o) / 8,
    sharedPerLayer: (n.shared * o) / 8,
    densePerLayer: (n.dense * o) / 8,
    head: (n.head * o) / 8,
    exact: false,
  };
}

/** How the plan's GGUF file is quantized; decoding reads no MTP layer. */
export function mixOptions({ options }: StepModelInput): QuantizeOptions {
  const { imatrix = false, tensorTypes: overrides = [] } = options;
  return { imatrix, mtpLayer: false, overrides };
}

/** What a step reads of the plan's weights; `null` where their bytes are not known. */
export function sequentialWeights(input: StepModelInput): SequentialWeights | null {
  const { architecture, options, weights } = input;
  const type = ggufFileType(weights.id);
  if (type !== null) return ggufWeights(architecture, type, mixOptions(input));
  if (options.weightsBytes !== undefined) return weightsFromFileSize(architecture, options.weightsBytes);
  return isCheckpointFormat(weights.id) ? checkpoint(architecture, weights.id) : null;
}

function ggufWeights(a: MlaArchitecture, type: GgufFileType, options: QuantizeOptions): SequentialWeights {
  const { layers, output } = ggufLayerBytes(a, type, options);
  const sums = { experts: 0, attention: 0, shared: 0, dense: 0 };
  for (const layer of layers) {
    sums.experts += layer.routedExperts;
    sums.attention += layer.attention + layer.norm;
    sums.shared += layer.shared + layer.router;
    sums.dense += layer.dense;
  }
  return perLayer(a, sums, output);
}

function checkpoint(a: MlaArchitecture, weights: string): SequentialWeights {
  const { groups, output } = weightTotals(a, weights, { mtpLayer: false });
  const sums = {
    experts: groups["routed-experts"],
    attention: groups.attention + groups.norm,
    shared: groups["shared-expert"] + groups.router,
    dense: groups["dense-ffn"],
  };
  return perLayer(a, sums, output);
}

/** Mixes give some layers more bits: a mean layer stands for all. */
function perLayer(
  a: MlaArchitecture,
  sums: { experts: number; attention: number; shared: number; dense: number },
  head: number,
): SequentialWeights {
  const moe = Math.max(1, moeLayerCount(a));
  return {
    expertsPerLayer: sums.experts / moe,
    attentionPerLayer: sums.attention / a.layerCount,
    sharedPerLayer: sums.shared / moe,
    densePerLayer: sums.dense / Math.max(1, a.denseLayerCount),
    head,
    exact: true,
  };
}
