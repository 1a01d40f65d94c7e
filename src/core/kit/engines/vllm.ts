/** vLLM: how a plan is said to `vllm serve`. */
import type { Problem } from "../../domain/problem.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import type { Argument, KitIr, Launch } from "../ir.ts";
import { variable } from "../render/shell.ts";
import type { EnvironmentEntry } from "../render/unit.ts";
import { loadTime } from "../files/draft.ts";
import { argument, choicesOf, count, flagOnly, fullestRank, gib, when } from "./arguments.ts";
import { vllmBench } from "./bench.ts";
import { spreadOf } from "./vllm-spread.ts";
import { defaultChunk, isAmd, speculativeSteps, ttftReason } from "./phrases.ts";

const COMMAND = "vllm serve";
const PORT = 8000;

const REQUIRED = new Set([
  "--tensor-parallel-size",
  "--pipeline-parallel-size",
  "--data-parallel-size",
  "--data-parallel-size-local",
  "--data-parallel-start-rank",
  "--data-parallel-address",
  "--data-parallel-rpc-port",
  "--enable-expert-parallel",
  "--decode-context-parallel-size",
  "--data-parallel-backend",
  "--distributed-executor-backend",
  "--nnodes",
  "--node-rank",
  "--master-addr",
  "--headless",
  "--kv-cache-dtype",
]);

/** Quantization that vLLM reads from the checkpoint's own config needs no option; these do not work at all. */
const UNREADABLE: Readonly<Record<string, string>> = {
  w4afp8: "vLLM has no loader for W4A-FP8 checkpoints",
};

export function launchVllm(ir: KitIr): Result<Launch, Problem> {
  const refusal = refuse(ir);
  if (refusal) return fail(refusal);
  const spread = spreadOf(ir);
  return ok({
    command: COMMAND,
    program: ["vllm", "serve"],
    containerProgram: ["vllm", "serve"],
    positional: [
      {
        value: variable("MODEL_DIR"),
        because: `${ir.origin.repository.repository}, fetched by download.sh`,
      },
    ],
    arguments: [
      argument("--served-model-name", ir.plan.model, "the name that clients send"),
      flagOnly("--trust-remote-code", "the checkpoint ships its own config class"),
      ...layoutArguments(ir),
      ...memoryArguments(ir),
      ...schedulerArguments(ir),
      ...speculativeArguments(ir),
      ...numaArguments(ir),
      argument(
        "--host",
        variable("HOST"),
        "from serve/env; put a proxy with keys in front before opening it",
      ),
      argument("--port", variable("PORT"), "from serve/env; clients, smoke.sh and bench.sh use the same"),
      ...spread.shared,
    ],
    headArguments: spread.head,
    workerArguments: spread.worker,
    environment: environment(ir),
    port: PORT,
    healthPath: "/health",
    servedName: ir.plan.model,
    logLine: { label: "GPU KV cache size", expected: "kvCacheTokens" },
    bench: vllmBench(ir),
    ports: [{ port: PORT, what: "HTTP", node: "head" }, ...spread.ports],
    unsupported: [],
    required: REQUIRED,
  });
}

function refuse({ plan, placement }: KitIr): Problem | undefined {
  const { tp, pp, dpAttention, ep } = plan.layout;
  const reason = UNREADABLE[plan.weights];
  if (reason !== undefined) return { path: "weights", problem: reason };
  if (ep > 1 && ep !== tp) {
    return {
      path: "layout.ep",
      problem: `vLLM spreads experts over all ${tp} ranks or none: EP is ${tp} or 1, not ${ep}`,
    };
  }
  if (dpAttention > 1 && placement.nodesPerReplica > 1 && pp > 1) {
    return {
      path: "layout.pp",
      problem: "vLLM starts data-parallel attention over nodes without pipeline stages only",
    };
  }
  if (dpAttention > 1 && tp / dpAttention > placement.acceleratorsPerNode) {
    return {
      path: "layout.dpAttention",
      problem: "an attention group of vLLM's data parallelism stays within a node",
    };
  }
  if (dpAttention > 1 && dpAttention % placement.nodesPerReplica !== 0) {
    return {
      path: "layout.dpAttention",
      problem: `${dpAttention} attention groups do not divide over ${placement.nodesPerReplica} nodes`,
    };
  }
  return undefined;
}

function layoutArguments({ plan, model }: KitIr): readonly Argument[] {
  const { tp, pp, dpAttention, ep, dcp } = plan.layout;
  const { headCount, layerCount, routedExpertCount } = model.architecture;
  const attentionTp = Math.max(1, Math.floor(tp / dpAttention));
  return [
    argument(
      "--tensor-parallel-size",
      attentionTp,
      dpAttention > 1
        ? `plan: ${tp} ranks as ${dpAttention} attention groups of ${attentionTp}, all ${headCount} heads each group`
        : `plan: TP ${tp}, ${Math.floor(headCount / tp)} of ${headCount} heads a rank`,
    ),
    ...when(pp > 1, argument("--pipeline-parallel-size", pp, `plan: ${layerCount} layers over ${pp} stages`)),
    ...when(
      dpAttention > 1,
      argument(
        "--data-parallel-size",
        dpAttention,
        `plan: ${dpAttention} caches of different requests instead of ${dpAttention} copies`,
      ),
    ),
    ...when(
      ep > 1,
      flagOnly(
        "--enable-expert-parallel",
        `plan: EP ${ep}, ${Math.floor(routedExpertCount / ep)} of ${routedExpertCount} routed experts a rank`,
      ),
    ),
    ...when(
      dcp > 1,
      argument(
        "--decode-context-parallel-size",
        dcp,
        `plan: the cache is spread over ${dcp} ranks instead of copied`,
      ),
    ),
  ];
}

function memoryArguments(ir: KitIr): readonly Argument[] {
  const { options, kvCache } = ir.plan;
  const rank = fullestRank(ir);
  const share = options.memFraction ?? ir.version.defaults.memFraction.value;
  const said = options.memFraction === undefined ? "the engine's default, pinned" : "plan";
  const parts = rank
    ? `: ${gib(rank.weights)} weights + ${gib(rank.kvCache)} cache + ${gib(rank.activations + rank.runtime)} work of ${gib(rank.capacity)} a rank`
    : "";
  const list: Argument[] = [argument("--gpu-memory-utilization", share, `${said}${parts}`)];
  if (kvCache === "fp8")
    list.push(argument("--kv-cache-dtype", "fp8", "plan: FP8 cache, half the bytes a token"));
  else if (kvCache !== undefined) {
    const choices = choicesOf(ir.table, COMMAND, "--kv-cache-dtype");
    const value = kvCache === "bf16" ? "auto" : kvCache;
    const because = value === "auto" ? "plan: BF16 cache, the model's own type" : `plan: ${kvCache} cache`;
    if (choices.length > 0) list.push(argument("--kv-cache-dtype", value, because));
  } else if (ir.plan.weights === "nvfp4") {
    list.push(argument("--kv-cache-dtype", "fp8", "NVFP4 checkpoints are made for an FP8 cache"));
  }
  return list;
}

function schedulerArguments(ir: KitIr): readonly Argument[] {
  const { running, contextTokens, plan } = ir;
  const { dpAttention } = plan.layout;
  const chunk = plan.options.chunkedPrefill ?? defaultChunk(ir);
  const each = Math.ceil(running.count / dpAttention);
  const hit = plan.workload.prefixHitRate;
  return [
    argument("--max-model-len", contextTokens.count, contextTokens.because),
    ...when(
      running.count > 0,
      argument(
        "--max-num-seqs",
        each,
        dpAttention > 1
          ? `${running.because}, ${count(each)} in each of ${dpAttention} attention groups`
          : running.because,
      ),
    ),
    ...when(chunk !== undefined, argument("--max-num-batched-tokens", chunk ?? 0, ttftReason(ir))),
    ...when(
      hit > 0,
      flagOnly("--enable-prefix-caching", `plan: ${count(hit * 100)} % of the prompt is found in the cache`),
    ),
  ];
}

function speculativeArguments(ir: KitIr): readonly Argument[] {
  const steps = speculativeSteps(ir.plan.speculative);
  if (steps === 0) return [];
  const config = JSON.stringify({ method: "mtp", num_speculative_tokens: steps });
  return [
    argument(
      "--speculative-config",
      config,
      `plan: the checkpoint's own MTP layer drafts ${steps} token${steps > 1 ? "s" : ""} a step`,
    ),
  ];
}

function numaArguments({ plan }: KitIr): readonly Argument[] {
  const { numa } = plan.options;
  return when(
    numa !== undefined && numa !== "none",
    flagOnly("--numa-bind", "plan: each rank stays on its accelerator's socket"),
  );
}

function environment(ir: KitIr): readonly EnvironmentEntry[] {
  const { limitSeconds, because } = loadTime(ir);
  const entries: EnvironmentEntry[] = [
    {
      name: "VLLM_ENGINE_READY_TIMEOUT_S",
      value: String(limitSeconds),
      because: `the front end waits this long: ${because}`,
    },
  ];
  if (isAmd(ir)) {
    entries.push(
      { name: "VLLM_ROCM_USE_AITER", value: "1", because: "AMD: AITER's kernels" },
      { name: "VLLM_ROCM_USE_AITER_MOE", value: "1", because: "AMD: AITER's expert kernels" },
    );
  }
  return entries;
}
