/** Weights by layer, as engines that place whole layers and experts need them; computed once and kept. */
import { moeLayerCount, type MlaArchitecture } from "../../domain/architecture.ts";
import type { OptionsPlan, WeightsId } from "../../domain/plan.ts";
import type { GgmlType, GgufTensor } from "../../domain/tensor.ts";
import { cachedByArchitecture } from "../../tensors/cached.ts";
import { GGML_TYPES } from "../../tensors/ggml-types.ts";
import { ggufFileType } from "../../tensors/gguf-mixes.ts";
import { quantizeTensors } from "../../tensors/quantize-tensors.ts";
import { isCheckpointFormat, weightTotals } from "../../tensors/weight-totals.ts";
import { weightsFromFileSize } from "../step/sequential-weights.ts";

export interface LayerPlacement {
  /** Everything but the routed experts. */
  readonly rest: number;
  readonly experts: number;
  /** Largest routed-expert tensor, and with it the next largest: what op offload copies at once. */
  readonly largestExpert: number;
  readonly expertPair: number;
  /** Bytes that a GPU buffer adds so that quantized rows end on 512 elements. */
  readonly gpuPadding: number;
}

export interface PlacementBytes {
  /** The MTP layer, where there is one, comes last. */
  readonly layers: readonly LayerPlacement[];
  readonly tokenEmbedding: number;
  /** Head and final norm. */
  readonly output: number;
  readonly total: number;
  /** From a tensor list, not from a file size. */
  readonly exact: boolean;
}

const ROW_PADDING = 512;
const ALIGNMENT = 32;

/** What CUDA adds to a quantized tensor whose rows do not end on 512 elements. */
export function rowPadding(type: GgmlType, rowElements: number): number {
  const { blockElements, blockBytes } = GGML_TYPES[type];
  const over = rowElements % ROW_PADDING;
  if (blockElements === 1 || over === 0) return 0;
  const bytes = ((ROW_PADDING - over) / blockElements) * blockBytes;
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

function layerOf(tensors: readonly GgufTensor[]): LayerPlacement {
  let rest = 0;
  let gpuPadding = 0;
  const experts: number[] = [];
  for (const { group, bytes, type, shape } of tensors) {
    gpuPadding += rowPadding(type, shape[0] ?? ROW_PADDING);
    if (group === "routed-experts") experts.push(bytes);
    else rest += bytes;
  }
  experts.sort((a, b) => b - a);
  const largestExpert = experts[0] ?? 0;
  return {
    rest,
    experts: experts.reduce((sum, bytes) => sum + bytes, 0),
    largestExpert,
    expertPair: largestExpert + (experts[1] ?? 0),
    gpuPadding,
  };
}

function fromTensors(tensors: readonly GgufTensor[]): PlacementBytes {
  const byLayer: GgufTensor[][] = [];
  let tokenEmbedding = 0;
  let output = 0;
  for (const tensor of tensors) {
    if (tensor.layer !== undefined) (byLayer[tensor.layer] ??= []).push(tensor);
    else if (tensor.group === "embedding") tokenEmbedding += tensor.bytes;
    else output += tensor.bytes;
  }
  const total = tensors.reduce((sum, { bytes }) => sum + bytes, 0);
  return { layers: byLayer.map(layerOf), tokenEmbedding, output, total, exact: true };
}

/** A file of known size whose types are not known: parts as the step model shares them out. */
function fromFileSize(a: MlaArchitecture, bytes: number): PlacementBytes {
  const w = weightsFromFileSize(a, bytes);
  const layers = Array.from({ length: a.layerCount }, (_, layer): LayerPlacement => {
    const isDense = layer < a.denseLayerCount;
    const experts = isDense ? 0 : w.expertsPerLayer;
    const rest = w.attentionPerLayer + (isDense ? w.densePerLayer : w.sharedPerLayer);
    return { rest, experts, largestExpert: experts / 3, expertPair: (experts * 2) / 3, gpuPadding: 0 };
  });
  return { layers, tokenEmbedding: w.head, output: w.head, total: bytes, exact: false };
}

function fromCheckpoint(a: MlaArchitecture, weights: WeightsId, mtpLayer: boolean): PlacementBytes {
  const totals = weightTotals(a, weights, { mtpLayer });
  const layers = totals.layers.map((l): LayerPlacement => {
    const experts = l.routedExperts;
    const rest =
      l.attentionReplicated + l.attentionSharded + l.norm + l.router + l.dense + l.shared + l.mtpProjection;
    return { rest, experts, largestExpert: experts / 3, expertPair: (experts * 2) / 3, gpuPadding: 0 };
  });
  const output = totals.output + totals.finalNorm;
  return { layers, tokenEmbedding: totals.embedding, output, total: totals.total, exact: true };
}

export interface PlacementOptions {
  readonly imatrix: boolean;
  readonly mtpLayer: boolean;
  readonly tensorTypes?: OptionsPlan["tensorTypes"];
  /** Of `gguf:custom`. */
  readonly weightsBytes: number | undefined;
}

const cached = cachedByArchitecture<PlacementBytes | null>();

/** Weights by layer for any weights id; `null` where their bytes are not known. */
export function placementBytes(
  a: MlaArchitecture,
  weights: WeightsId,
  options: PlacementOptions,
): PlacementBytes | null {
  const { imatrix, mtpLayer, tensorTypes: overrides = [], weightsBytes = 0 } = options;
  const key = `${weights}|${imatrix}|${mtpLayer}|${weightsBytes}|${JSON.stringify(overrides)}`;
  return cached(a, key, () => {
    const type = ggufFileType(weights);
    if (type !== null) return fromTensors(quantizeTensors(a, type, { imatrix, mtpLayer, overrides }));
    if (isCheckpointFormat(weights)) return fromCheckpoint(a, weights, mtpLayer);
    return weightsBytes > 0 ? fromFileSize(a, weightsBytes) : null;
  });
}

/** MoE layers whose experts the plan keeps in host memory: `[first, end)`. */
export function hostExpertLayers(
  a: MlaArchitecture,
  experts: "gpu" | "cpu" | { readonly cpuLayers: number },
): readonly [first: number, end: number] {
  const first = a.denseLayerCount;
  if (experts === "gpu") return [first, first];
  const count = experts === "cpu" ? moeLayerCount(a) : Math.min(experts.cpuLayers, moeLayerCount(a));
  return [first, first + count];
}
