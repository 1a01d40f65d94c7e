/** TensorRT-LLM: how a plan is said to `trtllm-serve` and its settings file. */
import type { Unsupported } from "../../domain/kit.ts";
import type { Problem } from "../../domain/problem.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import type { KitIr, Launch, Launcher } from "../ir.ts";
import { headline } from "../files/draft.ts";
import { join, variable } from "../render/shell.ts";
import { argument, count, flagOnly, fullestRank, gib } from "./arguments.ts";
import { tensorrtBench } from "./bench.ts";
import { defaultChunk, speculativeSteps, ttftReason } from "./phrases.ts";
import { checkSettings, setting, settingsFile, type Setting } from "./settings.ts";

const PORT = 8000;
const FILE = "trtllm.yaml";

/** Without these the engine would start something else than the plan. */
const REQUIRED_SETTINGS = new Set([
  "tensor_parallel_size",
  "pipeline_parallel_size",
  "moe_expert_parallel_size",
  "enable_attention_dp",
  "kv_cache_config.dtype",
  "speculative_config.decoding_type",
  "speculative_config.num_nextn_predict_layers",
]);

/** Formats whose checkpoints this family's loader reads. */
const LOADS = new Set(["fp8", "nvfp4", "bf16", "w4afp8"]);

export function launchTensorrtLlm(ir: KitIr): Result<Launch, Problem> {
  const refusal = refuse(ir);
  if (refusal) return fail(refusal);
  const checked = checkSettings(ir.table, "--config", listSettings(ir), REQUIRED_SETTINGS);
  if (!checked.ok) return checked;
  const { settings, unsupported } = checked.value;
  return ok({
    command: "trtllm-serve",
    program: ["trtllm-serve"],
    containerProgram: ["trtllm-serve"],
    positional: [
      {
        value: variable("MODEL_DIR"),
        because: `${ir.origin.repository.repository}, fetched by download.sh`,
      },
    ],
    arguments: [
      argument(
        "--config",
        join(variable("CONFIG_DIR"), `/${FILE}`),
        `layout, cache and scheduler stand in serve/${FILE}, which wins over the command line`,
      ),
      argument("--served_model_name", ir.plan.model, "the name that clients send"),
      flagOnly("--trust_remote_code", "the checkpoint ships its own config class"),
      argument(
        "--host",
        variable("HOST"),
        "from serve/env; put a proxy with keys in front before opening it",
      ),
      argument("--port", variable("PORT"), "from serve/env; clients, smoke.sh and bench.sh use the same"),
    ],
    headArguments: [],
    workerArguments: [],
    environment: [],
    port: PORT,
    healthPath: "/health",
    servedName: ir.plan.model,
    configs: [settingsFile(FILE, settings, [headline(ir)])],
    ...(ir.placement.nodesPerReplica > 1 ? { launcher: launcher(ir) } : {}),
    bench: tensorrtBench(ir),
    ports: [{ port: PORT, what: "HTTP", node: "head" }],
    unsupported: [...unsupported, ...listUnsupported(ir)],
    required: new Set(["--config"]),
  });
}

function refuse({ plan, placement, accelerator }: KitIr): Problem | undefined {
  const { tp, dpAttention, ep, dcp } = plan.layout;
  if (accelerator?.nativeFp8 !== true) {
    return {
      path: "cluster.accelerator",
      problem: "TensorRT-LLM serves this family on Hopper and Blackwell only",
    };
  }
  if (!LOADS.has(plan.weights)) {
    return {
      path: "weights",
      problem: `TensorRT-LLM does not load ${plan.weights} checkpoints of this family`,
    };
  }
  if (plan.weights === "nvfp4" && !accelerator.nativeFp4) {
    return { path: "weights", problem: `NVFP4 needs Blackwell; ${accelerator.shortName} has no FP4 units` };
  }
  if (dcp > 1) {
    return { path: "layout.dcp", problem: "kits start TensorRT-LLM without decode-context parallelism" };
  }
  if (dpAttention > 1 && dpAttention !== tp) {
    return {
      path: "layout.dpAttention",
      problem: `attention data parallelism of TensorRT-LLM is all ${tp} ranks or none, not ${dpAttention}`,
    };
  }
  if (ep > tp || tp % ep !== 0) {
    return { path: "layout.ep", problem: `EP ${ep} does not divide the ${tp} ranks of TP` };
  }
  if (plan.kvCache !== undefined && plan.kvCache !== "bf16" && plan.kvCache !== "fp8") {
    return { path: "kvCache", problem: `TensorRT-LLM has no ${plan.kvCache} cache; it takes bf16 and fp8` };
  }
  if (placement.nodesPerReplica > 1 && plan.target === "kubernetes") {
    return {
      path: "target",
      problem:
        "TensorRT-LLM over several nodes is one MPI process an accelerator, which takes an MPI operator in Kubernetes: take shell or slurm",
    };
  }
  return undefined;
}

/**
 * One process an accelerator: Open MPI starts them from the first node, and `trtllm-llmapi-launch` makes the
 * first of them the server and the others its ranks.
 */
function launcher({ placement }: KitIr): Launcher {
  const { nodesPerReplica: nodes, acceleratorsPerNode: each, ranks } = placement;
  return {
    program: ["mpirun"],
    arguments: [
      argument("-n", ranks, `plan: ${ranks} ranks, one process each`),
      argument("--host", variable("MPI_HOSTS"), "from serve/env; the first of them answers clients"),
      argument("-x", "PATH", "the same programs on every node"),
      argument("-x", "HF_HUB_OFFLINE", "no rank asks a network"),
    ],
    wrapper: ["trtllm-llmapi-launch"],
    tasksPerNode: each,
    mpi: true,
    hosts: {
      name: "MPI_HOSTS",
      value: "",
      because: `NAME:${each} of each of the ${nodes} nodes, this one first, separated by commas; ssh must reach each without a password`,
    },
  };
}

function listSettings(ir: KitIr): Setting[] {
  return [...layoutSettings(ir), ...cacheSettings(ir), ...schedulerSettings(ir), ...speculativeSettings(ir)];
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
      setting("cuda_graph_config.max_batch_size", each, "no larger batch is ever decoded"),
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

function listUnsupported({ plan, placement }: KitIr): Unsupported[] {
  const { numa, flashAttention } = plan.options;
  const list: Unsupported[] = [];
  if (placement.nodesPerReplica > 1) {
    list.push({
      path: "cluster.nodes",
      reason:
        "trtllm-llmapi-launch splits its command at spaces: neither the kit's folder nor MODEL_DIR may have one in its name",
    });
  }
  if (numa !== undefined && numa !== "none") {
    list.push({ path: "options.numa", reason: "trtllm-serve has no option that binds ranks to sockets" });
  }
  if (flashAttention === false) {
    list.push({ path: "options.flashAttention", reason: "TensorRT-LLM's MLA attention has no other kernel" });
  }
  return list;
}
