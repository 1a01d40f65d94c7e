import type { MlaArchitecture } from "../domain/architecture.ts";
import type { TensorGroup } from "../domain/tensor.ts";
import { cachedByArchitecture } from "./cached.ts";

/** What the mixing rules ask of a tensor. `kept`: stays 32-bit float in every type. */
export type GgufPart =
  | "output"
  | "embedding"
  | "down"
  | "gate-up"
  | "attention-output"
  | "index-key"
  | "index-weights"
  | "other"
  | "kept";

/** A tensor of the converted file before a type is chosen for it. */
export interface ConvertedTensor {
  readonly name: string;
  /** ggml order: fastest axis first. */
  readonly shape: readonly number[];
  readonly group: TensorGroup;
  readonly layer?: number;
  readonly part: GgufPart;
  /**
   * Checkpoint tensors it is made of, in order. `{0..255}` stands for the numbers 0 to 255: a stack of
   * experts has one entry, not 256.
   */
  readonly sources: readonly string[];
}

type Row = readonly [
  name: string,
  shape: readonly number[],
  group: TensorGroup,
  part: GgufPart,
  source: string,
];

function attentionRows(a: MlaArchitecture): Row[] {
  const queryKeyDim = a.nopeHeadDim + a.ropeHeadDim;
  const self = "self_attn.";
  return [
    ["attn_norm.weight", [a.hiddenSize], "norm", "kept", "input_layernorm.weight"],
    ["attn_q_a.weight", [a.hiddenSize, a.queryLoraRank], "attention", "other", `${self}q_a_proj.weight`],
    ["attn_q_a_norm.weight", [a.queryLoraRank], "norm", "kept", `${self}q_a_layernorm.weight`],
    [
      "attn_q_b.weight",
      [a.queryLoraRank, a.headCount * queryKeyDim],
      "attention",
      "other",
      `${self}q_b_proj.weight`,
    ],
    [
      "attn_kv_a_mqa.weight",
      [a.hiddenSize, a.kvLoraRank + a.ropeHeadDim],
      "attention",
      "other",
      `${self}kv_a_proj_with_mqa.weight`,
    ],
    ["attn_kv_a_norm.weight", [a.kvLoraRank], "norm", "kept", `${self}kv_a_layernorm.weight`],
    [
      "attn_k_b.weight",
      [a.nopeHeadDim, a.kvLoraRank, a.headCount],
      "attention",
      "other",
      `${self}kv_b_proj.weight`,
    ],
    [
      "attn_v_b.weight",
      [a.kvLoraRank, a.valueHeadDim, a.headCount],
      "attention",
      "other",
      `${self}kv_b_proj.weight`,
    ],
    [
      "attn_output.weight",
      [a.headCount * a.valueHeadDim, a.hiddenSize],
      "attention",
      "attention-output",
      `${self}o_proj.weight`,
    ],
    ["ffn_norm.weight", [a.hiddenSize], "norm", "kept", "post_attention_layernorm.weight"],
    ...indexerRows(a),
  ];
}

/** Of sparse attention. llama-quantize takes `indexer.attn_k` for an attention key, by its name. */
function indexerRows({ indexer, hiddenSize, queryLoraRank }: MlaArchitecture): Row[] {
  if (indexer === undefined) return [];
  const { headCount, headDim } = indexer;
  const self = "self_attn.indexer.";
  return [
    ["indexer.attn_k.weight", [hiddenSize, headDim], "attention", "index-key", `${self}wk.weight`],
    [
      "indexer.attn_q_b.weight",
      [queryLoraRank, headCount * headDim],
      "attention",
      "other",
      `${self}wq_b.weight`,
    ],
    ["indexer.k_norm.bias", [headDim], "norm", "kept", `${self}k_norm.bias`],
    ["indexer.k_norm.weight", [headDim], "norm", "kept", `${self}k_norm.weight`],
    [
      "indexer.proj.weight",
      [hiddenSize, headCount],
      "attention",
      "index-weights",
      `${self}weights_proj.weight`,
    ],
  ];
}

function mlpRows(
  suffix: string,
  source: string,
  group: TensorGroup,
  width: number,
  stack: readonly number[],
  a: MlaArchitecture,
): Row[] {
  const inner = [a.hiddenSize, width, ...stack];
  return [
    [`ffn_gate${suffix}.weight`, inner, group, "gate-up", `${source}.gate_proj.weight`],
    [`ffn_up${suffix}.weight`, inner, group, "gate-up", `${source}.up_proj.weight`],
    [
      `ffn_down${suffix}.weight`,
      [width, a.hiddenSize, ...stack],
      group,
      "down",
      `${source}.down_proj.weight`,
    ],
  ];
}

function feedForwardRows(a: MlaArchitecture, layer: number): Row[] {
  if (layer < a.denseLayerCount) return mlpRows("", "mlp", "dense-ffn", a.denseIntermediateSize, [], a);
  const experts = a.routedExpertCount;
  const stack = `mlp.experts.{0..${experts - 1}}`;
  const width = a.expertIntermediateSize;
  return [
    ["ffn_gate_inp.weight", [a.hiddenSize, experts], "router", "kept", "mlp.gate.weight"],
    ["exp_probs_b.bias", [experts], "router", "kept", "mlp.gate.e_score_correction_bias"],
    ...mlpRows("_exps", stack, "routed-experts", width, [experts], a),
    ...mlpRows("_shexp", "mlp.shared_experts", "shared-expert", width * a.sharedExpertCount, [], a),
  ];
}

function mtpRows(a: MlaArchitecture): Row[] {
  const vocabulary = [a.hiddenSize, a.vocabularySize];
  return [
    ["nextn.eh_proj.weight", [2 * a.hiddenSize, a.hiddenSize], "mtp", "other", "eh_proj.weight"],
    ["nextn.enorm.weight", [a.hiddenSize], "mtp", "kept", "enorm.weight"],
    ["nextn.hnorm.weight", [a.hiddenSize], "mtp", "kept", "hnorm.weight"],
    ["nextn.embed_tokens.weight", vocabulary, "mtp", "other", "embed_tokens.weight"],
    ["nextn.shared_head_head.weight", vocabulary, "mtp", "other", "shared_head.head.weight"],
    ["nextn.shared_head_norm.weight", [a.hiddenSize], "mtp", "kept", "shared_head.norm.weight"],
  ];
}

function blockTensors(a: MlaArchitecture, layer: number): ConvertedTensor[] {
  const rows = [
    ...attentionRows(a),
    ...feedForwardRows(a, layer),
    ...(layer >= a.layerCount ? mtpRows(a) : []),
  ];
  return rows
    .map(([name, shape, group, part, source]) => ({
      name: `blk.${layer}.${name}`,
      shape,
      group,
      layer,
      part,
      sources: [`model.layers.${layer}.${source}`],
    }))
    .sort((x, y) => (x.name < y.name ? -1 : 1));
}

function convert(a: MlaArchitecture, mtpLayer: boolean): readonly ConvertedTensor[] {
  const vocabulary = [a.hiddenSize, a.vocabularySize];
  const layers = ggufLayerCount(a, mtpLayer);
  return [
    {
      name: "output.weight",
      shape: vocabulary,
      group: "output",
      part: "output",
      sources: ["lm_head.weight"],
    },
    {
      name: "output_norm.weight",
      shape: [a.hiddenSize],
      group: "norm",
      part: "kept",
      sources: ["model.norm.weight"],
    },
    {
      name: "token_embd.weight",
      shape: vocabulary,
      group: "embedding",
      part: "embedding",
      sources: ["model.embed_tokens.weight"],
    },
    ...Array.from({ length: layers }, (_, layer) => blockTensors(a, layer)).flat(),
  ];
}

/** Blocks of the file (`block_count`): the mixing rules divide by it, so an MTP layer shifts them. */
export function ggufLayerCount(a: MlaArchitecture, mtpLayer: boolean): number {
  return a.layerCount + (mtpLayer ? a.mtpLayerCount : 0);
}

const cached = cachedByArchitecture<readonly ConvertedTensor[]>();

/**
 * The tensors of the converted GGUF file, in the order in which llama-quantize writes them: those without
 * a block first, then block by block, each by name.
 *
 * Shape    ggml order, fastest axis first. Experts are stacked along a third axis; kv_b is split by head
 *          into attn_k_b (transposed) and attn_v_b.
 * Source   llama.cpp v0.5.0, architectures deepseek2 and (with an indexer) deepseek32
 * Anchor   1086 tensors, 1110 with the MTP layer; with an indexer 1391 without it. The converter never
 *          writes the MTP layer of the first, and always that of the second unless told otherwise.
 */
export function listGgufTensors(
  a: MlaArchitecture,
  options: { readonly mtpLayer: boolean },
): readonly ConvertedTensor[] {
  return cached(a, String(options.mtpLayer), () => convert(a, options.mtpLayer));
}
