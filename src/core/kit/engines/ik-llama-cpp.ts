/** ik_llama.cpp: how a plan is said to its `llama-server`, whose options went their own way. */
import type { Unsupported } from "../../domain/kit.ts";
import type { Problem } from "../../domain/problem.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import type { Argument, Bench, KitIr, Launch } from "../ir.ts";
import { variable } from "../render/shell.ts";
import { argument, count, counted, flagOnly, gb, gib, when } from "./arguments.ts";
import { modelFile, slotCount } from "./llama-cpp.ts";
import { RPC_PORT, rpcWorker } from "./llama-rpc.ts";

const PORT = 8080;
/** MiB of one attention work buffer: what the engine's own notes run this family with. */
const ATTENTION_BUFFER_MIB = 512;

const REQUIRED = new Set([
  "--model",
  "--ctx-size",
  "--gpu-layers",
  "--override-tensor",
  "--n-cpu-moe",
  "--cache-type-k",
  "--flash-attn",
  "--mla-use",
  "--rpc",
]);

export function launchIkLlamaCpp(ir: KitIr): Result<Launch, Problem> {
  const refusal = refuse(ir);
  if (refusal) return fail(refusal);
  const distributed = ir.placement.nodesPerReplica > 1;
  return ok({
    command: "llama-server",
    program: ["llama-server"],
    containerProgram: ["llama-server"],
    positional: [],
    arguments: [
      argument(
        "--model",
        modelFile(ir),
        `${ir.weights.name}, ${gb(ir.serving)}; the further files are found beside the first`,
      ),
      argument("--alias", ir.plan.model, "the name that clients send"),
      ...contextArguments(ir),
      ...attentionArguments(ir),
      ...placementArguments(ir),
      ...when(distributed, rpcArgument(ir)),
      flagOnly("--metrics", "your monitoring reads speed and queue from /metrics"),
      argument(
        "--host",
        variable("HOST"),
        "from serve/env; put a proxy with keys in front before opening it",
      ),
      argument("--port", variable("PORT"), "from serve/env; clients and smoke.sh use the same"),
    ],
    headArguments: [],
    workerArguments: [],
    environment: [],
    port: PORT,
    healthPath: "/health",
    servedName: ir.plan.model,
    ...(distributed ? { workerCommand: rpcWorker("rpc-server", "") } : {}),
    bench: batchedBench(ir),
    ports: [
      { port: PORT, what: "HTTP", node: "head" },
      ...(distributed
        ? [{ port: RPC_PORT, what: "rpc-server, on the other nodes", node: "all" } as const]
        : []),
    ],
    unsupported: listUnsupported(ir),
    required: REQUIRED,
  });
}

function refuse({ plan, origin, table, accelerator }: KitIr): Problem | undefined {
  const { tp, dpAttention, ep, dcp } = plan.layout;
  if (tp > 1 || dpAttention > 1 || ep > 1 || dcp > 1) {
    return { path: "layout", problem: "kits split ik_llama.cpp by layers only: use layout.pp" };
  }
  if (origin.kind !== "convert") {
    return { path: "weights", problem: "ik_llama.cpp reads GGUF files: pick a gguf: type" };
  }
  const known = table.flags.configKeys["quantizeTypes"] ?? [];
  if (!known.includes(origin.manifest.type)) {
    return { path: "weights", problem: `ik_llama.cpp has no type ${origin.manifest.type}` };
  }
  if (accelerator && accelerator.vendor.toLowerCase() !== "nvidia") {
    return { path: "cluster.accelerator", problem: "ik_llama.cpp is kept fast on CUDA and CPUs only" };
  }
  if (plan.options.mtpLayer === true || plan.speculative !== "off") {
    const path = plan.speculative === "off" ? "options.mtpLayer" : "speculative";
    return { path, problem: "llama.cpp's converter, which makes the file, drops this family's MTP layer" };
  }
  if (plan.kvCache === "fp8") {
    return { path: "kvCache", problem: "ik_llama.cpp has no FP8 cache; q8_0 is its 8-bit type" };
  }
  return undefined;
}

const rpcArgument = (ir: KitIr): Argument =>
  argument("--rpc", variable("WORKER_ADDRS"), `plan: layers over ${ir.placement.nodesPerReplica} nodes`);

function contextArguments(ir: KitIr): readonly Argument[] {
  const { options, kvCache } = ir.plan;
  const slots = slotCount(ir);
  const tokens = ir.estimate.memory?.kvCacheTokens ?? slots * ir.contextTokens.count;
  const cache = ir.estimate.memory?.ranks.reduce((sum, rank) => sum + rank.kvCache, 0) ?? 0;
  return [
    argument(
      "--ctx-size",
      tokens,
      `${count(tokens)} tokens over ${counted(slots, "slot")}: ${gib(cache)} of cache`,
    ),
    argument(
      "--parallel",
      slots,
      options.slots === undefined ? ir.running.because : `plan: ${counted(slots, "slot")}`,
    ),
    ...when(
      kvCache !== undefined,
      argument("--cache-type-k", kvCache ?? "", `plan: ${kvCache ?? ""} cache; with MLA 3 there is no other`),
    ),
    ...batchArguments(ir),
  ];
}

function batchArguments({ plan: { options }, version }: KitIr): readonly Argument[] {
  const ubatch = options.ubatch ?? version.defaults.ubatch?.value;
  const batch = options.batch ?? version.defaults.batch?.value;
  const said = (given: number | undefined) => (given === undefined ? "the engine's default, pinned" : "plan");
  return [
    ...when(
      ubatch !== undefined,
      argument("--ubatch-size", ubatch ?? 0, `${said(options.ubatch)}: tokens computed at once`),
    ),
    ...when(
      batch !== undefined,
      argument(
        "--batch-size",
        Math.max(batch ?? 0, ubatch ?? 0),
        `${said(options.batch)}: tokens submitted at once`,
      ),
    ),
  ];
}

/** Fused experts are on by themselves in this version: there is no option for them. */
function attentionArguments({ plan }: KitIr): readonly Argument[] {
  const flash = plan.options.flashAttention !== false;
  return [
    argument("--mla-use", 3, "the cache stays compressed, and prefill multiplies it out: fast at both ends"),
    argument(
      "--flash-attn",
      flash ? "on" : "off",
      flash ? "the compute buffer stays small" : "plan: without",
    ),
    argument(
      "--attention-max-batch",
      ATTENTION_BUFFER_MIB,
      `${ATTENTION_BUFFER_MIB} MiB at most for one piece of attention: long prompts are cut to it`,
    ),
  ];
}

function placementArguments(ir: KitIr): readonly Argument[] {
  const { plan, model, placement } = ir;
  const { layerCount, denseLayerCount } = model.architecture;
  const { experts } = plan.layout;
  const host = ir.estimate.memory?.ranks.find((rank) => rank.kind === "host");
  const gpu = ir.estimate.memory?.ranks.find((rank) => rank.kind === "accelerator");
  const onHost = `${gib(host?.weights ?? 0)} of weights stay in host memory`;
  if (placement.acceleratorsPerNode === 0) {
    return [argument("--gpu-layers", 0, "plan: no accelerator"), ...hostArguments(ir)];
  }
  const list: Argument[] = [
    argument(
      "--gpu-layers",
      layerCount + 1,
      `plan: ${layerCount} layers and the output on ${counted(placement.ranks, "accelerator")}, ${gib(gpu?.weights ?? 0)} on the first`,
    ),
    ...when(
      placement.ranks > 1,
      argument("--split-mode", "layer", "whole layers a device: the split that the plan counts with"),
    ),
  ];
  if (experts === "cpu") {
    list.push(argument("--override-tensor", "exps=CPU", `plan: experts on the host; ${onHost}`));
  } else if (experts !== "gpu") {
    const layers = Math.min(layerCount, experts.cpuLayers + denseLayerCount);
    const because = `plan: experts of the first ${counted(experts.cpuLayers, "MoE layer")} on the host, counted after the ${denseLayerCount} dense ones; ${onHost}`;
    list.push(argument("--n-cpu-moe", layers, because));
  }
  return [...list, ...hostArguments(ir)];
}

function hostArguments({ plan, placement }: KitIr): readonly Argument[] {
  const { threads, numa } = plan.options;
  const onHost = placement.acceleratorsPerNode === 0 || plan.layout.experts !== "gpu";
  return [
    ...when(
      onHost,
      flagOnly(
        "--no-mmap",
        "weights are read into memory once; the page cache keeps no second copy in the way",
      ),
    ),
    ...when(
      threads !== undefined,
      argument("--threads", threads ?? 0, `plan: ${counted(threads ?? 0, "thread")}`),
    ),
    ...when(
      numa === "distribute" || numa === "isolate",
      argument(
        "--numa",
        numa ?? "",
        `plan: threads and pages ${numa === "distribute" ? "spread over all sockets" : "kept on one socket"}`,
      ),
    ),
  ];
}

/** `llama-batched-bench` with the server's own placement; it prints a table. */
function batchedBench(ir: KitIr): Bench {
  const { inputTokens, outputTokens } = ir.plan.workload;
  const slots = slotCount(ir);
  const cache = contextArguments(ir).filter(({ flag }) => flag === "--cache-type-k");
  return {
    command: "llama-batched-bench",
    program: ["llama-batched-bench"],
    arguments: [
      argument("--model", modelFile(ir), "the same files"),
      ...cache,
      ...batchArguments(ir),
      ...attentionArguments(ir),
      ...placementArguments(ir),
      ...when(
        ir.placement.nodesPerReplica > 1,
        argument("--rpc", variable("WORKER_ADDRS"), "the same nodes"),
      ),
      argument(
        "--ctx-size",
        slots * (inputTokens + outputTokens),
        `${slots} x (${count(inputTokens)} in + ${count(outputTokens)} out)`,
      ),
      argument("-npp", inputTokens, `plan: ${count(inputTokens)} tokens in`),
      argument("-ntg", outputTokens, `plan: ${count(outputTokens)} tokens out`),
      argument("-npl", slots, ir.running.because),
    ],
    format: "llama-batched-table",
    standalone: true,
    toFile: "tee",
  };
}

function listUnsupported({ plan, placement }: KitIr): Unsupported[] {
  const list: Unsupported[] = [
    {
      path: "weights",
      reason:
        "convert/ runs llama.cpp's tools and makes llama.cpp's types; the engine's own types (IQ4_K and its like) are not planned",
    },
  ];
  if (plan.options.numa === "duplicate") {
    list.push({
      path: "options.numa",
      reason: "ik_llama.cpp keeps one copy of the weights: no option duplicates them per socket",
    });
  }
  if (plan.options.opOffload !== undefined) {
    list.push({
      path: "options.opOffload",
      reason: "the engine offloads by a policy per operator, not by one switch: its default stays",
    });
  }
  if (plan.workload.requestsPerSecond !== undefined) {
    list.push({
      path: "workload.requestsPerSecond",
      reason: "llama-batched-bench starts all requests at once; arrivals are not played",
    });
  }
  if (placement.nodesPerReplica > 1) {
    list.push({
      path: "cluster.nodes",
      reason: "rpc-server has no encryption and no key: keep it on a private network",
    });
  }
  return list;
}
