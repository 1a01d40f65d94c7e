/** What a dense model's weights are: every tensor by the checkpoint's and by the converted file's name. */
import type { DenseArchitecture, DenseFamily } from "../domain/dense-architecture.ts";
import type { TensorGroup } from "../domain/tensor.ts";
import { elementCount } from "./architecture-tensors.ts";
import { cachedByArchitecture } from "./cached.ts";

/** What mixing rules, LoRA and sharding ask of a tensor. `kept`: stays 32-bit float in every GGUF type. */
export type DensePart =
  "embedding" | "output" | "q" | "k" | "v" | "qkv" | "o" | "gate" | "up" | "down" | "kept";

export interface DenseTensor {
  /** `blk.3.attn_q.weight` */
  readonly name: string;
  /** ggml order: fastest axis first, [in, out]. */
  readonly shape: readonly number[];
  readonly part: DensePart;
  readonly group: TensorGroup;
  readonly layer?: number;
  /** Absent for tables that only the converted file has. */
  readonly source?: string;
}

type Row = readonly [
  name: string,
  shape: readonly number[],
  part: DensePart,
  group: TensorGroup,
  source: string,
];

interface Traits {
  readonly qkvBias: boolean;
  readonly qkNorm: boolean;
  /** One matrix for queries, keys and values, one for gate and up. */
  readonly fused: boolean;
  readonly postNorms: boolean;
}

const plain: Traits = { qkvBias: false, qkNorm: false, fused: false, postNorms: false };

/** Source: llama.cpp v0.5.0, the tensors that each architecture loads; `dense-gguf.llama-cpp.test.ts`. */
const TRAITS: Readonly<Record<DenseFamily, Traits>> = {
  llama: plain,
  smollm3: plain,
  qwen2: { ...plain, qkvBias: true },
  qwen3: { ...plain, qkNorm: true },
  gemma3: { ...plain, qkNorm: true, postNorms: true },
  phi3: { ...plain, fused: true },
};

function attentionRows(a: DenseArchitecture): Row[] {
  const { qkvBias, qkNorm, fused } = TRAITS[a.family];
  const { hiddenSize: hidden, headDim } = a;
  const query = a.headCount * headDim;
  const keyValue = a.kvHeadCount * headDim;
  const self = "self_attn.";
  const output: Row = ["attn_output.weight", [query, hidden], "o", "attention", `${self}o_proj.weight`];
  if (fused) {
    const shape = [hidden, query + 2 * keyValue];
    return [["attn_qkv.weight", shape, "qkv", "attention", `${self}qkv_proj.weight`], output];
  }
  const biases: Row[] = [
    ["attn_q.bias", [query], "kept", "attention", `${self}q_proj.bias`],
    ["attn_k.bias", [keyValue], "kept", "attention", `${self}k_proj.bias`],
    ["attn_v.bias", [keyValue], "kept", "attention", `${self}v_proj.bias`],
  ];
  const norms: Row[] = [
    ["attn_q_norm.weight", [headDim], "kept", "norm", `${self}q_norm.weight`],
    ["attn_k_norm.weight", [headDim], "kept", "norm", `${self}k_norm.weight`],
  ];
  return [
    ["attn_q.weight", [hidden, query], "q", "attention", `${self}q_proj.weight`],
    ["attn_k.weight", [hidden, keyValue], "k", "attention", `${self}k_proj.weight`],
    ["attn_v.weight", [hidden, keyValue], "v", "attention", `${self}v_proj.weight`],
    ...(qkvBias ? biases : []),
    ...(qkNorm ? norms : []),
    output,
  ];
}

function feedForwardRows(a: DenseArchitecture): Row[] {
  const { hiddenSize: hidden, intermediateSize: width } = a;
  const down: Row = ["ffn_down.weight", [width, hidden], "down", "dense-ffn", "mlp.down_proj.weight"];
  if (TRAITS[a.family].fused)
    return [["ffn_up.weight", [hidden, 2 * width], "up", "dense-ffn", "mlp.gate_up_proj.weight"], down];
  return [
    ["ffn_gate.weight", [hidden, width], "gate", "dense-ffn", "mlp.gate_proj.weight"],
    ["ffn_up.weight", [hidden, width], "up", "dense-ffn", "mlp.up_proj.weight"],
    down,
  ];
}

function normRows({ family, hiddenSize }: DenseArchitecture): Row[] {
  const norm = (name: string, source: string): Row => [name, [hiddenSize], "kept", "norm", source];
  if (!TRAITS[family].postNorms)
    return [
      norm("attn_norm.weight", "input_layernorm.weight"),
      norm("ffn_norm.weight", "post_attention_layernorm.weight"),
    ];
  return [
    norm("attn_norm.weight", "input_layernorm.weight"),
    norm("post_attention_norm.weight", "post_attention_layernorm.weight"),
    norm("ffn_norm.weight", "pre_feedforward_layernorm.weight"),
    norm("post_ffw_norm.weight", "post_feedforward_layernorm.weight"),
  ];
}

function globalTensors(a: DenseArchitecture): DenseTensor[] {
  const matrix = [a.hiddenSize, a.vocabularySize];
  const table = (name: string): DenseTensor => ({
    name,
    shape: [a.ropeTable ?? 0],
    part: "kept",
    group: "attention",
  });
  const tables =
    a.family === "phi3" ? ["rope_factors_long.weight", "rope_factors_short.weight"] : ["rope_freqs.weight"];
  const head: DenseTensor = {
    name: "output.weight",
    shape: matrix,
    part: "output",
    group: "output",
    source: "lm_head.weight",
  };
  return [
    ...(a.tiedEmbedding ? [] : [head]),
    {
      name: "output_norm.weight",
      shape: [a.hiddenSize],
      part: "kept",
      group: "norm",
      source: "model.norm.weight",
    },
    ...(a.ropeTable === undefined ? [] : tables.map(table)),
    {
      name: "token_embd.weight",
      shape: matrix,
      part: "embedding",
      group: "embedding",
      source: "model.embed_tokens.weight",
    },
  ];
}

/**
 * Every tensor of a dense model in the order in which llama-quantize writes them: those without a block
 * first, then block by block, each by name.
 *
 * Shape    ggml order, fastest axis first.
 * Source   llama.cpp v0.5.0; names, order and shapes compared with its own reading of such a file in
 *          dense-gguf.llama-cpp.test.ts
 * Anchor   Llama-3.2-3B: 255 tensors; Qwen3-8B: 399
 */
export function listDenseTensors(a: DenseArchitecture): DenseTensor[] {
  const rows = [...normRows(a), ...attentionRows(a), ...feedForwardRows(a)];
  const blocks = Array.from({ length: a.layerCount }, (_, layer) =>
    rows
      .map(([name, shape, part, group, source]): DenseTensor => ({
        name: `blk.${layer}.${name}`,
        shape,
        part,
        group,
        layer,
        source: `model.layers.${layer}.${source}`,
      }))
      .sort((x, y) => (x.name < y.name ? -1 : 1)),
  );
  return [...globalTensors(a), ...blocks.flat()];
}

export interface DenseParameters {
  /** As the checkpoint stores them: a tied head counts once. */
  readonly total: number;
  readonly embedding: number;
  /** Weights of the matrices that every token is multiplied with: all but a lookup in the embedding. */
  readonly multiplied: number;
}

/**
 * Parameter counts from the tensor list.
 *
 * Leaves   out the rotary tables of the converted file: they are no parameters.
 * Anchor   Llama-3.2-3B 3,212,749,824; Qwen3-8B 8,190,735,360: dense-tensors.test.ts
 */
export function countDenseParameters(a: DenseArchitecture): DenseParameters {
  return cached(a, "", () => count(a));
}

const cached = cachedByArchitecture<DenseParameters, DenseArchitecture>();

function count(a: DenseArchitecture): DenseParameters {
  const tensors = listDenseTensors(a).filter(({ source }) => source !== undefined);
  const total = tensors.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  const embedding = a.hiddenSize * a.vocabularySize;
  const small = tensors.reduce(
    (sum, { part, shape }) => (part === "kept" ? sum + elementCount(shape) : sum),
    0,
  );
  return { total, embedding, multiplied: total - small - (a.tiedEmbedding ? 0 : embedding) };
}
