/** The real llama.cpp, from the prebuilt package that npm carries, called through koffi. Node only. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";

/** The release whose rules Fathom follows; another one may mix differently and must be looked at. */
export const PACKAGE_VERSION = "3.22.1";

/** llama_ftype, as in llama.h of v0.5.0. */
export const FILE_TYPE_IDS = {
  F32: 0,
  F16: 1,
  Q4_0: 2,
  Q4_1: 3,
  Q8_0: 7,
  Q5_0: 8,
  Q5_1: 9,
  Q2_K: 10,
  Q3_K_S: 11,
  Q3_K_M: 12,
  Q3_K_L: 13,
  Q4_K_S: 14,
  Q4_K_M: 15,
  Q5_K_S: 16,
  Q5_K_M: 17,
  Q6_K: 18,
  IQ2_XXS: 19,
  IQ2_XS: 20,
  Q2_K_S: 21,
  IQ3_XS: 22,
  IQ3_XXS: 23,
  IQ1_S: 24,
  IQ4_NL: 25,
  IQ3_S: 26,
  IQ3_M: 27,
  IQ2_S: 28,
  IQ2_M: 29,
  IQ4_XS: 30,
  IQ1_M: 31,
  BF16: 32,
  TQ1_0: 36,
  TQ2_0: 37,
  MXFP4_MOE: 38,
  Q1_0: 40,
  Q2_0: 41,
};

const QUANTIZE_PARAMS = {
  nthread: "int32",
  ftype: "int32",
  output_tensor_type: "int32",
  token_embedding_type: "int32",
  allow_requantize: "bool",
  quantize_output_tensor: "bool",
  only_copy: "bool",
  pure: "bool",
  keep_split: "bool",
  dry_run: "bool",
  imatrix: "void*",
  kv_overrides: "void*",
  tt_overrides: "void*",
  prune_layers: "void*",
  max_buf_size: "size_t",
};

const MODEL_PARAMS = {
  devices: "void*",
  tensor_buft_overrides: "void*",
  n_gpu_layers: "int32",
  split_mode: "int32",
  load_mode: "int32",
  lazy_mode: "int32",
  main_gpu: "int32",
  tensor_split: "void*",
  progress_callback: "void*",
  progress_callback_user_data: "void*",
  kv_overrides: "void*",
  vocab_only: "bool",
  check_tensors: "bool",
  use_extra_bufts: "bool",
  no_host: "bool",
  no_alloc: "bool",
  load_mtp: "bool",
};

const CONTEXT_PARAMS = {
  n_ctx: "uint32",
  n_batch: "uint32",
  n_ubatch: "uint32",
  n_seq_max: "uint32",
  n_rs_seq: "uint32",
  n_outputs_max: "uint32",
  n_outputs_max_per_seq: "uint32",
  n_threads: "int32",
  n_threads_batch: "int32",
  ctx_type: "int32",
  rope_scaling_type: "int32",
  pooling_type: "int32",
  attention_type: "int32",
  flash_attn_type: "int32",
  rope_freq_base: "float",
  rope_freq_scale: "float",
  yarn_ext_factor: "float",
  yarn_attn_factor: "float",
  yarn_beta_fast: "float",
  yarn_beta_slow: "float",
  yarn_orig_ctx: "uint32",
  defrag_thold: "float",
  cb_eval: "void*",
  cb_eval_user_data: "void*",
  type_k: "int32",
  type_v: "int32",
  abort_callback: "void*",
  abort_callback_data: "void*",
  embeddings: "bool",
  offload_kqv: "bool",
  no_perf: "bool",
  op_offload: "bool",
  swa_full: "bool",
  kv_unified: "bool",
  samplers: "void*",
  n_samplers: "size_t",
  ctx_other: "void*",
};

const BATCH = {
  n_tokens: "int32",
  token: "void*",
  embd: "void*",
  pos: "void*",
  n_seq_id: "void*",
  seq_id: "void*",
  logits: "void*",
};

/** Opens the library, or says why it cannot be. */
export async function openLlama() {
  if (process.platform !== "linux" || process.arch !== "x64")
    return { library: null, reason: `needs linux-x64, this is ${process.platform}-${process.arch}` };
  const require = createRequire(import.meta.url);
  let entry;
  try {
    entry = require.resolve("@node-llama-cpp/linux-x64");
  } catch {
    return { library: null, reason: "package @node-llama-cpp/linux-x64 is not installed" };
  }
  const root = dirname(dirname(entry));
  const { version } = require(join(root, "package.json"));
  if (version !== PACKAGE_VERSION) throw new Error(`expected package ${PACKAGE_VERSION}, found ${version}`);
  const { default: koffi } = await import("koffi");
  return { library: bind(koffi, join(root, "bins/linux-x64")), reason: null };
}

function bind(koffi, folder) {
  const ggmlBase = koffi.load(join(folder, "libggml-base.so"));
  const ggml = koffi.load(join(folder, "libggml.v0.5.0.so"));
  const llama = koffi.load(join(folder, "libllama.v0.5.0.so"));
  const LogCallback = koffi.proto("void LogCallback(int level, const char* text, void* data)");
  koffi.struct("QuantizeParams", QUANTIZE_PARAMS);
  koffi.struct("ModelParams", MODEL_PARAMS);
  koffi.struct("ContextParams", CONTEXT_PARAMS);
  koffi.struct("Batch", BATCH);
  koffi.struct("ImatrixEntry", { name: "char*", data: "float*", size: "size_t" });
  koffi.struct("TypeOverride", { pattern: "char*", type: "int32" });
  let log = "";
  const collect = koffi.register((_level, line) => (log += line), koffi.pointer(LogCallback));
  llama.func("void llama_log_set(LogCallback* callback, void* data)")(collect, null);
  return {
    koffi,
    takeLog: () => {
      const taken = log;
      log = "";
      return taken;
    },
    loadBackends: () => ggml.func("void ggml_backend_load_all_from_path(const char* path)")(folder),
    typeName: ggmlBase.func("const char* ggml_type_name(int type)"),
    blockElements: ggmlBase.func("int64_t ggml_blck_size(int type)"),
    blockBytes: ggmlBase.func("size_t ggml_type_size(int type)"),
    quantizeDefaults: llama.func("QuantizeParams llama_model_quantize_default_params()"),
    quantize: llama.func(
      "uint32_t llama_model_quantize(const char* from, const char* to, QuantizeParams* params)",
    ),
    modelDefaults: llama.func("ModelParams llama_model_default_params()"),
    loadModel: llama.func("void* llama_model_load_from_file(const char* path, ModelParams params)"),
    freeModel: llama.func("void llama_model_free(void* model)"),
    contextDefaults: llama.func("ContextParams llama_context_default_params()"),
    openContext: llama.func("void* llama_init_from_model(void* model, ContextParams params)"),
    freeContext: llama.func("void llama_free(void* context)"),
    batchOf: llama.func("Batch llama_batch_get_one(int32* tokens, int32 count)"),
    decode: llama.func("int32 llama_decode(void* context, Batch batch)"),
    logits: llama.func("float* llama_get_logits_ith(void* context, int32 index)"),
    vocabularyOf: llama.func("void* llama_model_get_vocab(void* model)"),
    tokensOf: llama.func("int32 llama_vocab_n_tokens(void* vocabulary)"),
    loadAdapter: llama.func("void* llama_adapter_lora_init(void* model, const char* path)"),
    setAdapters: llama.func(
      "int32 llama_set_adapters_lora(void* context, void** adapters, size_t count, float* scales)",
    ),
  };
}

/** ggml's own block sizes by type name. */
export function blockTable(library) {
  const table = new Map();
  for (let id = 0; id <= 42; id++) {
    const elements = Number(library.blockElements(id));
    if (elements > 0)
      table.set(library.typeName(id), { id, elements, bytes: Number(library.blockBytes(id)) });
  }
  return table;
}
