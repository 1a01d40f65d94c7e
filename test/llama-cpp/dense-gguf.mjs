/** Writes a full-size file of a dense model whose tensor data is a hole. */
import { entry, F32, STRING, U32, writeGguf } from "./gguf-file.mjs";

/** What llama.cpp reads of the file before it looks at any tensor. */
function metadata(a) {
  const arch = (key, kind, value) => entry(`${a.family}.${key}`, kind, value);
  const window = a.slidingWindow?.tokens ?? (a.family === "phi3" ? 262144 : undefined);
  return [
    entry("general.architecture", STRING, a.family),
    entry("general.file_type", U32, 32),
    entry("general.quantization_version", U32, 2),
    arch("block_count", U32, a.layerCount),
    arch("context_length", U32, a.maxContextTokens),
    arch("embedding_length", U32, a.hiddenSize),
    arch("feed_forward_length", U32, a.intermediateSize),
    arch("vocab_size", U32, a.vocabularySize),
    arch("attention.head_count", U32, a.headCount),
    arch("attention.head_count_kv", U32, a.kvHeadCount),
    arch("attention.key_length", U32, a.headDim),
    arch("attention.value_length", U32, a.headDim),
    arch("attention.layer_norm_rms_epsilon", F32, 1e-6),
    arch("rope.dimension_count", U32, a.family === "phi3" ? 2 * (a.ropeTable ?? 0) : a.headDim),
    arch("rope.freq_base", F32, 1e6),
    ...(window === undefined ? [] : [arch("attention.sliding_window", U32, window)]),
    ...(a.family === "phi3" ? [arch("rope.scaling.original_context_length", U32, 4096)] : []),
    entry("tokenizer.ggml.model", STRING, "none"),
  ];
}

/** `tensors`: {name, shape (fastest axis first), typeId, bytes} in file order. Returns the file's size. */
export function writeDenseGguf(path, { architecture, tensors }) {
  return writeGguf(path, metadata(architecture), tensors);
}
