/** Writes a full-size GGUF whose tensor data is a hole: a real header, then ftruncate. Costs no disk. */
import { Buffer } from "node:buffer";
import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";

const U32 = 4;
const F32 = 6;
const BOOL = 7;
const STRING = 8;
const ALIGNMENT = 32;
const padded = (n) => Math.ceil(n / ALIGNMENT) * ALIGNMENT;

const u32 = (n) => {
  const b = Buffer.alloc(4);
  b.writeUInt32LE(n);
  return b;
};
const u64 = (n) => {
  const b = Buffer.alloc(8);
  b.writeBigUInt64LE(BigInt(n));
  return b;
};
const f32 = (n) => {
  const b = Buffer.alloc(4);
  b.writeFloatLE(n);
  return b;
};
const text = (s) => Buffer.concat([u64(Buffer.byteLength(s)), Buffer.from(s)]);

const ENCODE = { [U32]: u32, [F32]: f32, [BOOL]: (v) => Buffer.from([v ? 1 : 0]), [STRING]: text };
const entry = (key, kind, value) => Buffer.concat([text(key), u32(kind), ENCODE[kind](value)]);

/** What llama.cpp reads of a deepseek2 file before it looks at any tensor. */
function metadata(a, mtpLayer) {
  const arch = (key, kind, value) => entry(`deepseek2.${key}`, kind, value);
  const mtpLayers = mtpLayer ? a.mtpLayerCount : 0;
  return [
    entry("general.architecture", STRING, "deepseek2"),
    entry("general.file_type", U32, 32),
    entry("general.quantization_version", U32, 2),
    arch("block_count", U32, a.layerCount + mtpLayers),
    arch("context_length", U32, a.maxContextTokens),
    arch("embedding_length", U32, a.hiddenSize),
    arch("feed_forward_length", U32, a.denseIntermediateSize),
    arch("leading_dense_block_count", U32, a.denseLayerCount),
    arch("vocab_size", U32, a.vocabularySize),
    arch("attention.head_count", U32, a.headCount),
    arch("attention.head_count_kv", U32, 1),
    arch("attention.layer_norm_rms_epsilon", F32, 1e-6),
    arch("attention.q_lora_rank", U32, a.queryLoraRank),
    arch("attention.kv_lora_rank", U32, a.kvLoraRank),
    arch("attention.key_length", U32, a.kvLoraRank + a.ropeHeadDim),
    arch("attention.value_length", U32, a.kvLoraRank),
    arch("attention.key_length_mla", U32, a.nopeHeadDim + a.ropeHeadDim),
    arch("attention.value_length_mla", U32, a.valueHeadDim),
    arch("expert_count", U32, a.routedExpertCount),
    arch("expert_used_count", U32, a.expertsPerToken),
    arch("expert_shared_count", U32, a.sharedExpertCount),
    arch("expert_feed_forward_length", U32, a.expertIntermediateSize),
    arch("expert_gating_func", U32, 2),
    arch("expert_weights_scale", F32, 2.5),
    arch("expert_weights_norm", BOOL, true),
    arch("rope.dimension_count", U32, a.ropeHeadDim),
    arch("rope.freq_base", F32, 10000),
    ...(mtpLayers ? [arch("nextn_predict_layers", U32, mtpLayers)] : []),
    entry("tokenizer.ggml.model", STRING, "none"),
  ];
}

/** `tensors`: {name, shape (fastest axis first), typeId, bytes} in file order. Returns the file's size. */
export function writeSparseGguf(path, { architecture, mtpLayer, tensors }) {
  const keys = metadata(architecture, mtpLayer);
  let offset = 0;
  const infos = tensors.map(({ name, shape, typeId, bytes }) => {
    const info = [text(name), u32(shape.length), ...shape.map(u64), u32(typeId), u64(offset)];
    offset += padded(bytes);
    return Buffer.concat(info);
  });
  const start = [Buffer.from("GGUF"), u32(3), u64(tensors.length), u64(keys.length)];
  const header = Buffer.concat([...start, ...keys, ...infos]);
  const size = padded(header.length) + offset;
  const file = openSync(path, "w");
  try {
    writeSync(file, header);
    ftruncateSync(file, size);
  } finally {
    closeSync(file);
  }
  return size;
}
