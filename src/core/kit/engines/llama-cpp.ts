/** llama.cpp: how a plan is said to `llama-server`, and to `ggml-rpc-server` on further nodes. */
import type { Unsupported } from "../../domain/kit.ts";
import type { Problem } from "../../domain/problem.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import type { Argument, Bench, KitIr, Launch } from "../ir.ts";
import { join, variable, type Word } from "../render/shell.ts";
import { RPC_PORT, rpcWorker } from "./llama-rpc.ts";
import { argument, count, counted, flagOnly, gb, gib, when } from "./arguments.ts";

const PORT = 8080;
const RPC_SERVER = "ggml-rpc-server";

const REQUIRED = new Set([
  "--model",
  "--ctx-size",
  "--gpu-layers",
  "--cpu-moe",
  "--n-cpu-moe",
  "--cache-type-k",
  "--cache-type-v",
  "--flash-attn",
  "--rpc",
]);

export function launchLlamaCpp(ir: KitIr): Result<Launch, Problem> {
  const refusal = refuse(ir);
  if (refusal) return fail(refusal);
  const distributed = ir.placement.nodesPerReplica > 1;
  return ok({
    command: "llama-server",
    program: ["llama-server"],
    containerProgram: ["/app/llama-server"],
    positional: [],
    arguments: [
      argument(
        "--model",
        modelFile(ir),
        `${ir.weights.name}, ${gb(ir.serving)}; the further files are found beside the first`,
      ),
      argument("--alias", ir.plan.model, "the name that clients send"),
      ...contextArguments(ir),
      ...placementArguments(ir),
      ...when(
        distributed,
        argument(
          "--rpc",
          variable("WORKER_ADDRS"),
          `plan: layers over ${ir.placement.nodesPerReplica} nodes`,
        ),
      ),
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
    ...(distributed ? { workerCommand: rpcWorker(RPC_SERVER, "/app/") } : {}),
    bench: batchedBench(ir),
    ports: [
      { port: PORT, what: "HTTP", node: "head" },
      ...(distributed
        ? [{ port: RPC_PORT, what: `${RPC_SERVER}, on the other nodes`, node: "all" } as const]
        : []),
    ],
    unsupported: listUnsupported(ir),
    required: REQUIRED,
  });
}

function refuse({ plan, version, origin }: KitIr): Problem | undefined {
  const { tp, dpAttention, ep, dcp } = plan.layout;
  if (tp > 1 || dpAttention > 1 || ep > 1 || dcp > 1) {
    return { path: "layout", problem: "llama.cpp splits this architecture by layers only: use layout.pp" };
  }
  if (origin.kind !== "convert")
    return { path: "weights", problem: "llama.cpp reads GGUF files: pick a gguf: type" };
  if (plan.options.mtpLayer === true || plan.speculative !== "off") {
    const path = plan.speculative === "off" ? "options.mtpLayer" : "speculative";
    return { path, problem: `the converter of llama.cpp ${version.version} drops this family's MTP layer` };
  }
  if (plan.kvCache === "fp8")
    return { path: "kvCache", problem: "llama.cpp has no FP8 cache; q8_0 is its 8-bit type" };
  const quantized = /^(q|iq)/.test(plan.kvCache ?? "");
  if (quantized && plan.options.flashAttention === false) {
    return { path: "kvCache", problem: `a ${plan.kvCache ?? ""} cache needs flash attention` };
  }
  return undefined;
}

/** The first file; the engine finds the further ones beside it. */
export function modelFile(ir: KitIr): Word {
  const first = ir.origin.kind === "convert" ? ir.origin.manifest.splits[0]?.file : undefined;
  return join(variable("MODEL_DIR"), `/${first ?? ""}`);
}

export const slotCount = (ir: KitIr): number => ir.plan.options.slots ?? Math.max(1, ir.running.count);

function contextArguments(ir: KitIr): readonly Argument[] {
  const { options, kvCache } = ir.plan;
  const slots = slotCount(ir);
  const tokens = ir.estimate.memory?.kvCacheTokens ?? slots * ir.contextTokens.count;
  const cache = ir.estimate.memory?.ranks.reduce((sum, rank) => sum + rank.kvCache, 0) ?? 0;
  const ubatch = options.ubatch ?? ir.version.defaults.ubatch?.value;
  const batch = options.batch ?? ir.version.defaults.batch?.value;
  const said = (given: number | undefined) => (given === undefined ? "the engine's default, pinned" : "plan");
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
    argument(
      "--flash-attn",
      options.flashAttention === false ? "off" : "on",
      options.flashAttention === false
        ? "plan: without"
        : "the compute buffer stays small and the cache may be quantized",
    ),
    ...when(
      kvCache !== undefined,
      argument("--cache-type-k", kvCache ?? "", `plan: ${kvCache ?? ""} cache`),
      argument("--cache-type-v", kvCache ?? "", "the same as K: this architecture takes no other"),
    ),
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

function placementArguments(ir: KitIr): readonly Argument[] {
  const { plan, model, placement } = ir;
  const { layerCount, denseLayerCount } = model.architecture;
  const { experts } = plan.layout;
  const host = ir.estimate.memory?.ranks.find((rank) => rank.kind === "host");
  const gpu = ir.estimate.memory?.ranks.find((rank) => rank.kind === "accelerator");
  const onHost = `${gib(host?.weights ?? 0)} of weights stay in host memory`;
  const list: Argument[] = [];
  if (placement.acceleratorsPerNode === 0) {
    list.push(
      argument("--gpu-layers", 0, "plan: no accelerator"),
      argument("--device", "none", "plan: no accelerator"),
    );
  } else {
    list.push(
      argument(
        "--gpu-layers",
        "all",
        `plan: ${layerCount} layers and the output on ${counted(placement.ranks, "accelerator")}, ${gib(gpu?.weights ?? 0)} on the first`,
      ),
      ...when(
        placement.ranks > 1,
        argument("--split-mode", "layer", "whole layers a device: the only split of this architecture"),
      ),
    );
    if (experts === "cpu") list.push(flagOnly("--cpu-moe", `plan: experts on the host; ${onHost}`));
    else if (experts !== "gpu") {
      const layers = Math.min(layerCount, experts.cpuLayers + denseLayerCount);
      list.push(
        argument(
          "--n-cpu-moe",
          layers,
          `plan: experts of the first ${counted(experts.cpuLayers, "MoE layer")} on the host, counted after the ${denseLayerCount} dense ones; ${onHost}`,
        ),
      );
    }
  }
  list.push(argument("--fit", "off", "the placement is the plan's; nothing is moved to make it fit"));
  return [...list, ...hostArguments(ir)];
}

/** How the host reads and computes its share. */
function hostArguments({ plan, placement }: KitIr): readonly Argument[] {
  const { threads, numa, opOffload } = plan.options;
  const { experts } = plan.layout;
  const list: Argument[] = [];
  if (placement.acceleratorsPerNode === 0 || experts !== "gpu") {
    list.push(
      argument(
        "--load-mode",
        "none",
        "weights are read into memory once: mapped, the page cache would hold a second copy beside repacked ones",
      ),
    );
  }
  if (threads !== undefined) list.push(argument("--threads", threads, `plan: ${counted(threads, "thread")}`));
  if (numa === "distribute" || numa === "isolate") {
    list.push(
      argument(
        "--numa",
        numa,
        `plan: threads and pages ${numa === "distribute" ? "spread over all sockets" : "kept on one socket"}`,
      ),
    );
  }
  if (opOffload === false)
    list.push(
      flagOnly("--no-op-offload", "plan: host experts are computed by the CPU for large batches too"),
    );
  return list;
}

/** `llama-batched-bench` at the plan's lengths and users; it loads the weights with the same placement. */
function batchedBench(ir: KitIr): Bench {
  const { inputTokens, outputTokens } = ir.plan.workload;
  const slots = slotCount(ir);
  const keep = new Set([
    "--model",
    "--flash-attn",
    "--cache-type-k",
    "--cache-type-v",
    "--ubatch-size",
    "--batch-size",
  ]);
  const shared = [
    argument("--model", modelFile(ir), "the same files"),
    ...contextArguments(ir).filter((a) => keep.has(a.flag)),
    ...placementArguments(ir),
    ...when(ir.placement.nodesPerReplica > 1, argument("--rpc", variable("WORKER_ADDRS"), "the same nodes")),
  ];
  return {
    command: "llama-batched-bench",
    program: ["llama-batched-bench"],
    arguments: [
      ...shared,
      argument(
        "--ctx-size",
        slots * (inputTokens + outputTokens),
        `${slots} x (${count(inputTokens)} in + ${count(outputTokens)} out)`,
      ),
      argument("-npp", inputTokens, `plan: ${count(inputTokens)} tokens in`),
      argument("-ntg", outputTokens, `plan: ${count(outputTokens)} tokens out`),
      argument("-npl", slots, ir.running.because),
      argument("-npl", slots, "the same again: the program may lose its last line as it ends"),
      argument("--output-format", "jsonl", "read by compare.py"),
    ],
    format: "llama-batched-bench",
    standalone: true,
    toFile: true,
  };
}

function listUnsupported(ir: KitIr): Unsupported[] {
  const list: Unsupported[] = [];
  const { numa } = ir.plan.options;
  if (numa === "duplicate") {
    list.push({
      path: "options.numa",
      reason: "llama.cpp keeps one copy of the weights: no option duplicates them per socket",
    });
  }
  if (ir.plan.workload.requestsPerSecond !== undefined) {
    list.push({
      path: "workload.requestsPerSecond",
      reason: "llama-batched-bench starts all requests at once; arrivals are not played",
    });
  }
  if (ir.placement.nodesPerReplica > 1) {
    list.push({
      path: "cluster.nodes",
      reason: `${RPC_SERVER} has no encryption and no key: keep it on a private network`,
    });
    list.push({
      path: "target",
      reason:
        "the published images are built without the RPC backend, and so are most packages: build llama.cpp with -DGGML_RPC=ON on every node; for containers the full image of .devops with that option",
    });
  }
  return list;
}
