/** KTransformers: SGLang's server with the routed experts on the host's processors. */
import type { Unsupported } from "../../domain/kit.ts";
import type { Problem } from "../../domain/problem.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import type { Argument, KitIr, Launch } from "../ir.ts";
import { join, variable, type Word } from "../render/shell.ts";
import { argument, count, counted, flagOnly, fullestRank, gib, when } from "./arguments.ts";
import { servingBench } from "./bench.ts";
import { speculativeSteps, ttftReason } from "./phrases.ts";

const COMMAND = "python3 -m sglang.launch_server";
const PORT = 30000;

const REQUIRED = new Set([
  "--model-path",
  "--tp-size",
  "--kt-weight-path",
  "--kt-method",
  "--kt-cpuinfer",
  "--kt-threadpool-count",
  "--kt-num-gpu-experts",
  "--kv-cache-dtype",
]);

/** How the host multiplies: by the format in which the experts lie on disk. */
const METHODS: Readonly<Record<string, readonly [method: string, because: string]>> = {
  fp8: ["FP8", "the experts of the published checkpoint, read as they are"],
  bf16: ["BF16", "the experts of a 16-bit checkpoint, read as they are"],
};

export function launchKtransformers(ir: KitIr): Result<Launch, Problem> {
  const refusal = refuse(ir);
  if (refusal) return fail(refusal);
  return ok({
    command: COMMAND,
    program: ["python3", "-m", "sglang.launch_server"],
    containerProgram: ["python3", "-m", "sglang.launch_server"],
    positional: [],
    arguments: [
      ...modelArguments(ir),
      ...hostArguments(ir),
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
    ],
    headArguments: [],
    workerArguments: [],
    environment: [],
    port: PORT,
    healthPath: "/health",
    servedName: ir.plan.model,
    logLine: { label: "max_total_num_tokens", expected: "kvCacheTokens" },
    bench: servingBench(ir, checkpoint(ir)),
    ports: [{ port: PORT, what: "HTTP", node: "head" }],
    unsupported: listUnsupported(ir),
    required: REQUIRED,
  });
}

function refuse({ plan, placement, host }: KitIr): Problem | undefined {
  const { tp, pp, dpAttention, ep, dcp, experts } = plan.layout;
  if (placement.acceleratorsPerNode === 0) {
    return {
      path: "cluster.acceleratorsPerNode",
      problem: "KTransformers keeps attention on an accelerator: it needs one; llama.cpp runs without",
    };
  }
  if (placement.nodesPerReplica > 1) {
    return { path: "cluster.nodes", problem: "kits start KTransformers on one node" };
  }
  if (pp > 1 || dpAttention > 1 || ep > 1 || dcp > 1) {
    const problem = `experts on the host leave only tensor parallelism on the accelerators: TP ${tp * pp} at most`;
    return { path: "layout", problem };
  }
  if (experts === "gpu") {
    return {
      path: "layout.experts",
      problem: "with all experts on accelerators KTransformers is SGLang: take that, or experts on the host",
    };
  }
  if (METHODS[plan.weights] === undefined && !plan.weights.startsWith("gguf:")) {
    return {
      path: "weights",
      problem: `KTransformers reads ${plan.weights} experts only after a conversion of its own, which kits do not write`,
    };
  }
  if (plan.options.mtpLayer === true && plan.weights.startsWith("gguf:")) {
    return {
      path: "options.mtpLayer",
      problem: "the GGUF file is for the experts: the MTP layer comes from the checkpoint",
    };
  }
  if (plan.options.threads === undefined) {
    return {
      path: "options.threads",
      problem:
        "KTransformers must be told how many cores compute experts: set the physical cores of the host",
    };
  }
  const sockets = plan.cluster.sockets ?? host?.sockets;
  if (sockets === undefined) {
    return {
      path: "cluster.sockets",
      problem: "KTransformers starts a pool of threads a socket: set how many the host has",
    };
  }
  return undefined;
}

/** The checkpoint that attention, shared experts and the tokenizer come from. */
const checkpoint = (ir: KitIr): Word =>
  ir.origin.kind === "convert" ? join(variable("MODEL_DIR"), "/checkpoint") : variable("MODEL_DIR");

function modelArguments(ir: KitIr): readonly Argument[] {
  const { plan, model, origin } = ir;
  const { tp } = plan.layout;
  const { headCount } = model.architecture;
  const gguf = origin.kind === "convert";
  return [
    argument(
      "--model-path",
      checkpoint(ir),
      gguf
        ? `${origin.repository.repository}: attention, shared experts and tokenizer; keep it after the conversion`
        : `${origin.repository.repository}, fetched by download.sh`,
    ),
    argument("--served-model-name", plan.model, "the name that clients send"),
    flagOnly("--trust-remote-code", "the checkpoint ships its own config class"),
    argument("--tp-size", tp, `plan: TP ${tp}, ${Math.floor(headCount / tp)} of ${headCount} heads a rank`),
    flagOnly(
      "--disable-shared-experts-fusion",
      "the shared expert stays on the accelerator, apart from the routed ones on the host",
    ),
  ];
}

/** The same bytes as the plan's layers on the host: this engine spreads them over every layer instead. */
function gpuExperts({ plan, model }: KitIr): { count: number; because: string } {
  const { routedExpertCount, layerCount, denseLayerCount } = model.architecture;
  const { experts } = plan.layout;
  if (experts === "cpu" || experts === "gpu") {
    return { count: 0, because: "plan: every routed expert is computed by the host" };
  }
  const layers = layerCount - denseLayerCount;
  const share = Math.max(0, layers - experts.cpuLayers) / layers;
  const each = Math.floor(routedExpertCount * share);
  return {
    count: each,
    because: `plan: experts of ${experts.cpuLayers} of ${layers} layers on the host; here ${each} of ${routedExpertCount} experts of every layer stay on the accelerator, which is as many bytes`,
  };
}

function hostArguments(ir: KitIr): readonly Argument[] {
  const { plan, host, origin } = ir;
  const { threads = 0, numa } = plan.options;
  const gguf = origin.kind === "convert";
  const [method, because] = METHODS[plan.weights] ?? [
    "LLAMAFILE",
    `${ir.weights.name} experts, by llama.cpp's kernels`,
  ];
  const rank = ir.estimate.memory?.ranks.find(({ kind }) => kind === "host");
  const sockets = plan.cluster.sockets ?? host?.sockets ?? 1;
  const pools = numa === "isolate" ? 1 : sockets;
  const onAccelerator = gpuExperts(ir);
  return [
    argument(
      "--kt-weight-path",
      variable("MODEL_DIR"),
      `${gguf ? "the GGUF files" : "the same checkpoint"}: ${gib(rank?.weights ?? 0)} of experts stay in host memory`,
    ),
    argument("--kt-method", method, because),
    argument(
      "--kt-cpuinfer",
      threads,
      `plan: ${counted(threads, "core")} compute experts; hyper-threads only get in the way`,
    ),
    argument(
      "--kt-threadpool-count",
      pools,
      numa === "isolate"
        ? "plan: one socket computes, with its own memory"
        : `${counted(sockets, "socket")}: one pool of threads each, with its share of every expert in its own memory`,
    ),
    ...when(numa === "isolate", argument("--kt-numa-nodes", 0, "plan: the first socket")),
    argument("--kt-num-gpu-experts", onAccelerator.count, onAccelerator.because),
  ];
}

function memoryArguments(ir: KitIr): readonly Argument[] {
  const { kvCache, options } = ir.plan;
  const rank = fullestRank(ir);
  const list: Argument[] = [];
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
    list.push(argument("--kv-cache-dtype", kvCache, `plan: ${kvCache.toUpperCase()} cache`));
  }
  return list;
}

function schedulerArguments(ir: KitIr): readonly Argument[] {
  const { running, contextTokens, plan, version } = ir;
  const chunk = plan.options.chunkedPrefill ?? version.defaults.chunkedPrefill?.value;
  return [
    argument("--context-length", contextTokens.count, contextTokens.because),
    ...when(
      running.count > 0,
      argument("--max-running-requests", running.count, running.because),
      argument("--cuda-graph-max-bs", running.count, "no larger batch is ever decoded"),
    ),
    ...when(chunk !== undefined, argument("--chunked-prefill-size", chunk ?? 0, ttftReason(ir))),
  ];
}

function speculativeArguments(ir: KitIr): readonly Argument[] {
  const steps = speculativeSteps(ir.plan.speculative);
  if (steps === 0) return [];
  return [
    argument("--speculative-algorithm", "EAGLE", "plan: the checkpoint's own MTP layer drafts"),
    argument("--speculative-num-steps", steps, `plan: ${counted(steps, "draft step")}`),
    argument("--speculative-eagle-topk", 1, "one chain, as the MTP layer was trained"),
    argument(
      "--speculative-num-draft-tokens",
      steps + 1,
      `${count(steps)} drafts and the token before them are verified at once`,
    ),
  ];
}

function listUnsupported({ plan, origin }: KitIr): Unsupported[] {
  const list: Unsupported[] = [];
  if (plan.options.numa === "duplicate") {
    list.push({
      path: "options.numa",
      reason: "KTransformers shares experts out over the sockets: it keeps no copy of all on each",
    });
  }
  if (plan.options.opOffload !== undefined) {
    list.push({ path: "options.opOffload", reason: "KTransformers has no switch for it" });
  }
  if (origin.kind === "convert") {
    list.push({
      path: "weights",
      reason:
        "the accelerator's share is read from the published checkpoint in its own format; only the experts are of the GGUF type",
    });
  }
  return list;
}
