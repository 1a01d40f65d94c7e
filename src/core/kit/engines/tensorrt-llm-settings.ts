/** TensorRT-LLM's settings file: the plan as keys, each with its reason. */
import type { KitIr } from "../ir.ts";
import { count, counted, fullestRank, gib } from "./arguments.ts";
import { defaultChunk, speculativeSteps, ttftReason } from "./phrases.ts";
import { setting, type Setting } from "./settings.ts";

/** Without these the engine would start something else than the plan. */
export const REQUIRED_SETTINGS = new Set([
  "tensor_parallel_size",
  "pipeline_parallel_size",
  "moe_expert_parallel_size",
  "moe_tensor_parallel_size",
  "enable_attention_dp",
  "kv_cache_config.dtype",
  "speculative_config.decoding_type",
  "speculative_config.num_nextn_predict_layers",
  "cache_transceiver_config.backend",
  "disable_overlap_scheduler",
]);

export function listSettings(ir: KitIr): Setting[] {
  return [
    ...layoutSettings(ir),
    ...cacheSettings(ir),
    ...schedulerSettings(ir),
    ...speculativeSettings(ir),
    ...transferSettings(ir),
  ];
}

function layoutSettings(ir: KitIr): Setting[] {
  const { tp, pp, dpAttention, ep } = ir.plan.layout;
  const { headCount, layerCount, routedExpertCount } = ir.model.architecture;
  const list = [
    setting(
      "tensor_parallel_size",
      tp,
      dpAttention > 1
        ? `plan: ${tp} ranks`
        : `plan: TP ${tp}, ${Math.floor(headCount / tp)} of ${headCount} heads a rank`,
    ),
    setting(
      "pipeline_parallel_size",
      pp,
      pp > 1 ? `plan: ${layerCount} layers over ${pp} stages` : "plan: one stage",
    ),
    setting(
      "moe_expert_parallel_size",
      ep,
      ep > 1
        ? `plan: EP ${ep}, ${Math.floor(routedExpertCount / ep)} of ${routedExpertCount} routed experts a rank`
        : "plan: every rank holds a slice of every expert",
    ),
    setting(
      "enable_attention_dp",
      dpAttention > 1,
      dpAttention > 1
        ? `plan: ${dpAttention} caches of different requests instead of ${dpAttention} copies`
        : "plan: attention is split by heads",
    ),
  ];
  const { moeTp } = ir.plan.options;
  if (moeTp !== undefined) {
    list.push(
      setting("moe_tensor_parallel_size", moeTp, `plan: each expert cut over ${counted(moeTp, "rank")}`),
    );
  }
  const backend = moeBackend(ir);
  list.push(setting("moe_config.backend", backend.name, backend.because));
  return list;
}

/** Which expert kernels the version's deployment guide names for the device and format. */
function moeBackend({ accelerator, plan }: KitIr): { name: string; because: string } {
  if (accelerator?.nativeFp4 !== true) {
    return {
      name: "CUTLASS",
      because: `${accelerator?.shortName ?? "Hopper"}: the expert kernels for Hopper`,
    };
  }
  if (plan.weights === "nvfp4") {
    return plan.layout.dpAttention > 1
      ? { name: "CUTLASS", because: "NVFP4 at high throughput on Blackwell" }
      : { name: "TRTLLM", because: "NVFP4 at low latency on Blackwell" };
  }
  return { name: "DEEPGEMM", because: "FP8 blocks on Blackwell" };
}

function cacheSettings(ir: KitIr): Setting[] {
  const { options, kvCache, workload, weights } = ir.plan;
  const rank = fullestRank(ir);
  const share = options.memFraction ?? ir.version.defaults.memFraction.value;
  const said = options.memFraction === undefined ? "the engine's default, pinned" : "plan";
  const type = kvCache ?? (weights === "nvfp4" ? "fp8" : "bf16");
  const parts = rank ? `: ${gib(rank.kvCache)} of cache beside ${gib(rank.weights)} of weights a rank` : "";
  const hit = workload.prefixHitRate;
  return [
    setting(
      "kv_cache_config.dtype",
      type === "bf16" ? "bfloat16" : "fp8",
      kvCache === undefined
        ? type === "fp8"
          ? "NVFP4 checkpoints are made for an FP8 cache"
          : "the model's own type"
        : `plan: ${kvCache.toUpperCase()} cache`,
    ),
    setting(
      "kv_cache_config.free_gpu_memory_fraction",
      share,
      `${said}: of the memory that the weights leave${parts}`,
    ),
    setting(
      "kv_cache_config.enable_block_reuse",
      hit > 0,
      hit > 0
        ? `plan: ${count(hit * 100)} % of the prompt is found in the cache`
        : "plan: no prompt shares a prefix with another",
    ),
  ];
}

function schedulerSettings(ir: KitIr): Setting[] {
  const { running, contextTokens, plan } = ir;
  const { dpAttention } = plan.layout;
  const chunk = plan.options.chunkedPrefill ?? defaultChunk(ir);
  const each = Math.ceil(running.count / dpAttention);
  const list = [setting("max_seq_len", contextTokens.count, contextTokens.because)];
  if (running.count > 0) {
    const because =
      dpAttention > 1
        ? `${running.because}, ${count(each)} on each of ${dpAttention} ranks`
        : running.because;
    list.push(
      setting("max_batch_size", each, because),
      ir.role === "prefill"
        ? setting("cuda_graph_config.max_batch_size", 1, "a prefill server never decodes: graphs take memory")
        : setting("cuda_graph_config.max_batch_size", each, "no larger batch is ever decoded"),
    );
  }
  list.push(
    setting("cuda_graph_config.enable_padding", true, "a batch between two captured sizes takes the next"),
  );
  if (chunk !== undefined) list.push(setting("max_num_tokens", chunk, ttftReason(ir)));
  const chunked = plan.options.chunkedPrefill !== undefined || (chunk ?? Infinity) < contextTokens.count;
  list.push(
    setting(
      "enable_chunked_prefill",
      chunked,
      chunked
        ? "prompts longer than one pass are read in several"
        : "every prompt fits in one pass: the engine's default",
    ),
  );
  return list;
}

function speculativeSettings(ir: KitIr): Setting[] {
  const steps = speculativeSteps(ir.plan.speculative);
  if (steps === 0) return [];
  return [
    setting("speculative_config.decoding_type", "MTP", "plan: the checkpoint's own MTP layer drafts"),
    setting(
      "speculative_config.num_nextn_predict_layers",
      steps,
      `plan: ${steps} draft token${steps > 1 ? "s" : ""} a step`,
    ),
  ];
}

/** One half of a disaggregated service: how a prompt's cache goes over. */
function transferSettings({ role, plan, version }: KitIr): Setting[] {
  if (role === undefined) return [];
  const { contextDepth = 0, inputTokens } = plan.workload;
  const block = version.defaults.kvBlockTokens.value;
  const longest = contextDepth + inputTokens;
  return [
    setting(
      "cache_transceiver_config.backend",
      "NIXL",
      "servers that were started apart hand caches over by RDMA; the image carries it",
    ),
    setting(
      "cache_transceiver_config.max_tokens_in_buffer",
      Math.ceil(longest / block) * block,
      `plan: a prompt of ${count(longest)} tokens goes over in one piece, in blocks of ${block}`,
    ),
    ...(role === "prefill"
      ? [setting("disable_overlap_scheduler", true, "servers that only read prompts have no such scheduler")]
      : []),
  ];
}
