/** Writes a full-size GGUF whose tensor data is a hole: a real header, then ftruncate. Costs no disk. */
import { BOOL, entry, F32, STRING, U32, writeGguf } from "./gguf-file.mjs";

/** What llama.cpp reads of a file of this family before it looks at any tensor; with an indexer it is V3.2's. */
export function metadata(a, mtpLayer) {
  const name = a.indexer ? "deepseek32" : "deepseek2";
  const arch = (key, kind, value) => entry(`${name}.${key}`, kind, value);
  const mtpLayers = mtpLayer ? a.mtpLayerCount : 0;
  return [
    entry("general.architecture", STRING, name),
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
    ...(a.indexer
      ? [
          arch("attention.indexer.head_count", U32, a.indexer.headCount),
          arch("attention.indexer.key_length", U32, a.indexer.headDim),
          arch("attention.indexer.top_k", U32, a.indexer.attendedTokens),
        ]
      : []),
    entry("tokenizer.ggml.model", STRING, "none"),
  ];
}

/** `tensors`: {name, shape (fastest axis first), typeId, bytes} in file order. Returns the file's size. */
export function writeSparseGguf(path, { architecture, mtpLayer, tensors }) {
  return writeGguf(path, metadata(architecture, mtpLayer), tensors);
}
