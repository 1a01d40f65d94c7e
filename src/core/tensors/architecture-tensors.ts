/**
 * What the weights are, before any format: every tensor of a DeepSeek-V3 checkpoint by the vendor's
 * names. Tensors that differ only in the expert's number form one family, so that sums need not walk
 * over 45,000 entries.
 */
import type { MlaArchitecture } from "../domain/architecture.ts";
import type { ArchitectureTensor, TensorGroup } from "../domain/tensor.ts";

/** The matrix or vector that a tensor is, by its place in a layer: what formats and sharding ask for. */
export type ModuleKind =
  | "embed"
  | "final-norm"
  | "head"
  | "q-a"
  | "q-b"
  | "kv-a"
  | "kv-b"
  | "o"
  | "norm"
  | "indexer"
  | "indexer-weights"
  | "dense"
  | "router"
  | "router-bias"
  | "shared"
  | "expert"
  | "mtp-embed"
  | "mtp-projection"
  | "mtp-head";

/** Tensors of one shape; with `copies` above 1 the name holds `{}` where the expert's number goes. */
export interface TensorFamily {
  readonly name: string;
  readonly module: ModuleKind;
  readonly shape: readonly number[];
  readonly group: TensorGroup;
  readonly layer?: number;
  readonly copies: number;
}

export interface TensorListOptions {
  /** Count the multi-token-prediction layer, which the vendor's checkpoint carries as layer `layerCount`. */
  readonly mtpLayer: boolean;
}

type Row = readonly [suffix: string, module: ModuleKind, shape: readonly number[], group: TensorGroup];

function attentionRows(a: MlaArchitecture): Row[] {
  const queryKeyDim = a.nopeHeadDim + a.ropeHeadDim;
  const latent = a.kvLoraRank + a.ropeHeadDim;
  return [
    ["self_attn.q_a_proj.weight", "q-a", [a.queryLoraRank, a.hiddenSize], "attention"],
    ["self_attn.q_a_layernorm.weight", "norm", [a.queryLoraRank], "norm"],
    ["self_attn.q_b_proj.weight", "q-b", [a.headCount * queryKeyDim, a.queryLoraRank], "attention"],
    ["self_attn.kv_a_proj_with_mqa.weight", "kv-a", [latent, a.hiddenSize], "attention"],
    ["self_attn.kv_a_layernorm.weight", "norm", [a.kvLoraRank], "norm"],
    [
      "self_attn.kv_b_proj.weight",
      "kv-b",
      [a.headCount * (a.nopeHeadDim + a.valueHeadDim), a.kvLoraRank],
      "attention",
    ],
    ["self_attn.o_proj.weight", "o", [a.hiddenSize, a.headCount * a.valueHeadDim], "attention"],
    ...indexerRows(a),
  ];
}

function indexerRows({ indexer, hiddenSize, queryLoraRank }: MlaArchitecture): Row[] {
  if (indexer === undefined) return [];
  const { headCount, headDim } = indexer;
  return [
    ["self_attn.indexer.wq_b.weight", "indexer", [headCount * headDim, queryLoraRank], "attention"],
    ["self_attn.indexer.wk.weight", "indexer", [headDim, hiddenSize], "attention"],
    ["self_attn.indexer.k_norm.weight", "norm", [headDim], "norm"],
    ["self_attn.indexer.k_norm.bias", "norm", [headDim], "norm"],
    ["self_attn.indexer.weights_proj.weight", "indexer-weights", [headCount, hiddenSize], "attention"],
  ];
}

function mlpRows(
  prefix: string,
  module: ModuleKind,
  group: TensorGroup,
  width: number,
  a: MlaArchitecture,
): Row[] {
  return [
    [`${prefix}.gate_proj.weight`, module, [width, a.hiddenSize], group],
    [`${prefix}.up_proj.weight`, module, [width, a.hiddenSize], group],
    [`${prefix}.down_proj.weight`, module, [a.hiddenSize, width], group],
  ];
}

function feedForwardRows(a: MlaArchitecture, layer: number): Row[] {
  if (layer < a.denseLayerCount) return mlpRows("mlp", "dense", "dense-ffn", a.denseIntermediateSize, a);
  const sharedWidth = a.sharedExpertCount * a.expertIntermediateSize;
  return [
    ["mlp.gate.weight", "router", [a.routedExpertCount, a.hiddenSize], "router"],
    ["mlp.gate.e_score_correction_bias", "router-bias", [a.routedExpertCount], "router"],
    ...mlpRows("mlp.experts.{}", "expert", "routed-experts", a.expertIntermediateSize, a),
    ...mlpRows("mlp.shared_experts", "shared", "shared-expert", sharedWidth, a),
  ];
}

function mtpRows(a: MlaArchitecture): Row[] {
  return [
    ["embed_tokens.weight", "mtp-embed", [a.vocabularySize, a.hiddenSize], "mtp"],
    ["enorm.weight", "norm", [a.hiddenSize], "mtp"],
    ["hnorm.weight", "norm", [a.hiddenSize], "mtp"],
    ["eh_proj.weight", "mtp-projection", [a.hiddenSize, 2 * a.hiddenSize], "mtp"],
    ["shared_head.norm.weight", "norm", [a.hiddenSize], "mtp"],
    ["shared_head.head.weight", "mtp-head", [a.vocabularySize, a.hiddenSize], "mtp"],
  ];
}

function layerFamilies(a: MlaArchitecture, layer: number): TensorFamily[] {
  const rows: Row[] = [
    ["input_layernorm.weight", "norm", [a.hiddenSize], "norm"],
    ...attentionRows(a),
    ["post_attention_layernorm.weight", "norm", [a.hiddenSize], "norm"],
    ...feedForwardRows(a, layer),
    ...(layer >= a.layerCount ? mtpRows(a) : []),
  ];
  return rows.map(([suffix, module, shape, group]) => ({
    name: `model.layers.${layer}.${suffix}`,
    module,
    shape,
    group,
    layer,
    copies: module === "expert" ? a.routedExpertCount : 1,
  }));
}

/** The checkpoint's tensors with experts folded into families, in the order of the forward pass. */
export function listTensorFamilies(a: MlaArchitecture, options: TensorListOptions): TensorFamily[] {
  const vocabulary = [a.vocabularySize, a.hiddenSize];
  const layers = a.layerCount + (options.mtpLayer ? a.mtpLayerCount : 0);
  return [
    { name: "model.embed_tokens.weight", module: "embed", shape: vocabulary, group: "embedding", copies: 1 },
    ...Array.from({ length: layers }, (_, layer) => layerFamilies(a, layer)).flat(),
    { name: "model.norm.weight", module: "final-norm", shape: [a.hiddenSize], group: "norm", copies: 1 },
    { name: "lm_head.weight", module: "head", shape: vocabulary, group: "output", copies: 1 },
  ];
}

/** One expert's name within a family. */
export function expertName(familyName: string, expert: number): string {
  return familyName.replace("{}", String(expert));
}

/**
 * Every tensor of the vendor's checkpoint, before any format.
 *
 * Shape    row-major, [out, in], as in the checkpoint.
 * Leaves   out block scales: they belong to a format, see `storeTensors`. Tensors of the MTP layer that
 *          every layer has carry their own group; those that only it has are of group `mtp`.
 * Source   deepseek-ai/DeepSeek-V3 model.safetensors.index.json and README_WEIGHTS.md
 * Anchor   671,026,419,200 parameters without the MTP layer, 684,489,845,504 with it:
 *          architecture-tensors.test.ts. Both count the router's correction bias and the MTP layer's own
 *          copies of embedding and head, as llama.cpp does and as the checkpoint stores them; the
 *          vendor's "14B MTP" of which 11.5B are unique leaves the two copies out.
 */
export function listArchitectureTensors(
  a: MlaArchitecture,
  options: TensorListOptions,
): ArchitectureTensor[] {
  return listTensorFamilies(a, options).flatMap(({ name, shape, group, layer, copies }) => {
    const place = layer === undefined ? { shape, group } : { shape, group, layer };
    if (copies === 1) return [{ name, ...place }];
    return Array.from({ length: copies }, (_, expert) => ({
      name: expertName(name, expert),
      ...place,
      expert,
    }));
  });
}

/** Elements of a tensor. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, axis) => product * axis, 1);
}
