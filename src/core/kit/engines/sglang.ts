/** SGLang: how a plan is said to `sglang.launch_server`. */
import type { Problem } from "../../domain/problem.ts";
import { ok, type Result } from "../../domain/result.ts";
import type { Argument, KitIr, Launch } from "../ir.ts";
import { join, variable } from "../render/shell.ts";
import type { EnvironmentEntry } from "../render/unit.ts";
import { argument, choicesOf, count, flagOnly, fullestRank, gib, when } from "./arguments.ts";
import { servingBench } from "./bench.ts";
import { defaultChunk, isAmd, speculativeSteps, ttftReason } from "./phrases.ts";

const COMMAND = "python3 -m sglang.launch_server";
const PORT = 30000;
const RENDEZVOUS_PORT = 20000;

/** Without these the engine would start something else than the plan. */
const REQUIRED = new Set([
  "--model-path",
  "--tp-size",
  "--pp-size",
  "--dp-size",
  "--enable-dp-attention",
  "--ep-size",
  "--dcp-size",
  "--nnodes",
  "--node-rank",
  "--dist-init-addr",
  "--quantization",
  "--kv-cache-dtype",
]);

/** Options for weights that the engine cannot tell from the checkpoint's own config. */
const QUANTIZATION: Readonly<
  Record<string, readonly (readonly [flag: string, value: string, because: string])[]>
> = {
  int8: [["--quantization", "w8a8_int8", "the channel-wise INT8 checkpoint does not name its method"]],
  "awq-int4": [
    ["--quantization", "awq_marlin", "AWQ through the Marlin kernels"],
    ["--dtype", "float16", "the AWQ kernels multiply in FP16"],
  ],
  w4afp8: [["--quantization", "w4afp8", "INT4 experts with FP8 activations"]],
  nvfp4: [["--quantization", "modelopt_fp4", "NVFP4 as ModelOpt exports it"]],
};

export function launchSglang(ir: KitIr): Result<Launch, Problem> {
  const { nodesPerReplica } = ir.placement;
  const distributed = nodesPerReplica > 1;
  return ok({
    command: COMMAND,
    program: ["python3", "-m", "sglang.launch_server"],
    containerProgram: ["python3", "-m", "sglang.launch_server"],
    positional: [],
    arguments: [
      ...modelArguments(ir),
      ...layoutArguments(ir),
      ...memoryArguments(ir),
      ...schedulerArguments(ir),
      ...speculativeArguments(ir),
      flagOnly(
        "--enable-metrics",
        "bench.sh and your monitoring read queue, cache and latency from /metrics",
      ),
      argument(
        "--host",
        variable("HOST"),
        "from serve/env; put a proxy with keys in front before opening it",
      ),
      argument("--port", variable("PORT"), "from serve/env; clients, smoke.sh and bench.sh use the same"),
      ...nodeArguments(nodesPerReplica),
    ],
    headArguments: [],
    workerArguments: [],
    environment: environment(ir),
    port: PORT,
    healthPath: "/health",
    servedName: ir.plan.model,
    logLine: { label: "max_total_num_tokens", expected: "kvCacheTokens" },
    bench: servingBench(ir),
    ports: [
      { port: PORT, what: "HTTP", node: "head" },
      ...(distributed
        ? [{ port: RENDEZVOUS_PORT, what: "rendezvous of the ranks", node: "head" } as const]
        : []),
    ],
    unsupported:
      ir.plan.options.numa === undefined || ir.plan.options.numa === "none"
        ? []
        : [
            {
              path: "options.numa",
              reason: "SGLang binds by a list of NUMA nodes per GPU, which only the machine knows",
            },
          ],
    required: REQUIRED,
  });
}

function nodeArguments(nodesPerReplica: number): readonly Argument[] {
  return when(
    nodesPerReplica > 1,
    argument("--nnodes", nodesPerReplica, `plan: one replica over ${nodesPerReplica} nodes`),
    argument(
      "--dist-init-addr",
      join(variable("HEAD_ADDR"), `:${RENDEZVOUS_PORT}`),
      `ranks meet at node 0, port ${RENDEZVOUS_PORT}`,
    ),
    argument("--node-rank", variable("NODE_RANK"), "0 on the first node, 1 on the next"),
  );
}

function modelArguments(ir: KitIr): readonly Argument[] {
  const { repository } = ir.origin;
  const revision = repository.revision
    ? `revision ${repository.revision.slice(0, 8)}`
    : "the revision you set";
  return [
    argument(
      "--model-path",
      variable("MODEL_DIR"),
      `${repository.repository}, ${revision}, fetched by download.sh`,
    ),
    argument("--served-model-name", ir.plan.model, "the name that clients send"),
    flagOnly("--trust-remote-code", "the checkpoint ships its own config class"),
    ...(QUANTIZATION[ir.plan.weights] ?? []).map(([flag, value, because]) => argument(flag, value, because)),
  ];
}

function layoutArguments(ir: KitIr): readonly Argument[] {
  const { tp, pp, dpAttention, ep, dcp } = ir.plan.layout;
  const heads = ir.model.architecture.headCount;
  const attentionTp = Math.max(1, Math.floor(tp / dpAttention));
  const deepEp = dpAttention > 1 && ep === tp && !isAmd(ir) && ir.plan.weights === "fp8";
  const experts = ir.model.architecture.routedExpertCount;
  return [
    argument("--tp-size", tp, `plan: TP ${tp}, ${Math.floor(heads / attentionTp)} of ${heads} heads a rank`),
    ...when(
      pp > 1,
      argument("--pp-size", pp, `plan: ${ir.model.architecture.layerCount} layers over ${pp} stages`),
    ),
    ...when(
      dpAttention > 1,
      argument(
        "--dp-size",
        dpAttention,
        `plan: ${dpAttention} caches of different requests instead of ${dpAttention} copies`,
      ),
      flagOnly("--enable-dp-attention", `attention runs data-parallel, the experts stay on all ${tp} ranks`),
    ),
    ...when(
      ep > 1,
      argument(
        "--ep-size",
        ep,
        `plan: EP ${ep}, ${Math.floor(experts / ep)} of ${experts} routed experts a rank`,
      ),
    ),
    ...when(
      deepEp,
      argument(
        "--moe-a2a-backend",
        "deepep",
        `tokens travel to their experts all-to-all over the ${ep} ranks`,
      ),
    ),
    ...when(
      dcp > 1,
      argument("--dcp-size", dcp, `plan: the cache is spread over ${dcp} ranks instead of copied`),
    ),
  ];
}

function memoryArguments(ir: KitIr): readonly Argument[] {
  const { kvCache, options } = ir.plan;
  const list: Argument[] = [];
  const rank = fullestRank(ir);
  if (options.memFraction !== undefined) {
    list.push(
      argument("--mem-fraction-static", options.memFraction, "plan: this share for weights and cache"),
    );
  } else if (rank) {
    const share = Math.floor(((rank.weights + rank.kvCache) / rank.capacity) * 1000) / 1000;
    const because = `${gib(rank.weights)} weights + ${gib(rank.kvCache)} cache of ${gib(rank.capacity)} a rank`;
    list.push(argument("--mem-fraction-static", share, because));
  }
  if (kvCache === "fp8") {
    list.push(argument("--kv-cache-dtype", "fp8_e4m3", "plan: FP8 cache, half the bytes a token"));
  } else if (kvCache !== undefined) {
    const choices = choicesOf(ir.table, COMMAND, "--kv-cache-dtype");
    const value = kvCache === "bf16" && !choices.includes("bf16") ? "auto" : kvCache;
    list.push(argument("--kv-cache-dtype", value, `plan: ${kvCache.toUpperCase()} cache`));
  }
  return list;
}

function schedulerArguments(ir: KitIr): readonly Argument[] {
  const { running, contextTokens, plan } = ir;
  const { dpAttention } = plan.layout;
  const chunk = plan.options.chunkedPrefill ?? defaultChunk(ir);
  const batch = Math.ceil(running.count / dpAttention);
  return [
    argument("--context-length", contextTokens.count, contextTokens.because),
    ...when(
      running.count > 0,
      argument("--max-running-requests", running.count, running.because),
      argument(
        "--cuda-graph-max-bs-decode",
        batch,
        dpAttention > 1
          ? `${count(running.count)} requests over ${dpAttention} attention ranks: no larger batch is decoded`
          : "no larger batch is ever decoded",
      ),
    ),
    ...when(chunk !== undefined, argument("--chunked-prefill-size", chunk ?? 0, ttftReason(ir))),
  ];
}

function speculativeArguments(ir: KitIr): readonly Argument[] {
  const steps = speculativeSteps(ir.plan.speculative);
  if (steps === 0) return [];
  return [
    argument("--speculative-algorithm", "EAGLE", "plan: the checkpoint's own MTP layer drafts"),
    argument("--speculative-num-steps", steps, `plan: ${steps} draft step${steps > 1 ? "s" : ""}`),
    argument("--speculative-eagle-topk", 1, "one chain, as the MTP layer was trained"),
    argument(
      "--speculative-num-draft-tokens",
      steps + 1,
      `${steps} drafts and the token before them are verified at once`,
    ),
  ];
}

function environment(ir: KitIr): readonly EnvironmentEntry[] {
  if (!isAmd(ir)) return [];
  return [
    { name: "SGLANG_USE_AITER", value: "1", because: "AMD: attention and experts through AITER's kernels" },
  ];
}
