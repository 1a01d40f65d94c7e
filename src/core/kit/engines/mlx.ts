/** MLX: how a plan is said to `mlx_lm.server`, on one Mac or, by `mlx.launch`, over several. */
import type { Unsupported } from "../../domain/kit.ts";
import type { Problem } from "../../domain/problem.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import type { Argument, Bench, KitIr, Launch, Launcher } from "../ir.ts";
import { variable } from "../render/shell.ts";
import { argument, count, counted, flagOnly, gib, when } from "./arguments.ts";
import { ttftReason } from "./phrases.ts";

const PORT = 8080;
/** First port of the ring between the Macs, one a rank. */
const RING_PORT = 32323;
/** The server's own name for the weights it was started with; by any other it would fetch a model. */
const SERVED_NAME = "default_model";

const REQUIRED = new Set(["--model", "--pipeline", "--decode-concurrency"]);

export function launchMlx(ir: KitIr): Result<Launch, Problem> {
  const refusal = refuse(ir);
  if (refusal) return fail(refusal);
  const several = ir.placement.nodesPerReplica > 1;
  return ok({
    command: "mlx_lm.server",
    program: ["mlx_lm.server"],
    containerProgram: ["mlx_lm.server"],
    positional: [],
    arguments: [
      argument(
        "--model",
        variable("MODEL_DIR"),
        `${ir.weights.name}, made by convert.sh; the same path on every Mac`,
      ),
      ...splitArguments(ir),
      ...servingArguments(ir),
      flagOnly("--trust-remote-code", "the checkpoint's tokenizer may bring its own class"),
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
    servedName: SERVED_NAME,
    ...(several ? { launcher: launcher(ir) } : {}),
    withoutContainers: "containers on macOS see no GPU",
    bench: bench(ir),
    ports: [
      { port: PORT, what: "HTTP", node: "head" },
      ...(several ? [{ port: RING_PORT, what: "ring between the Macs", node: "all" } as const] : []),
    ],
    unsupported: listUnsupported(ir),
    required: REQUIRED,
  });
}

function refuse({ plan, origin, placement }: KitIr): Problem | undefined {
  const { tp, pp, dpAttention, ep, dcp, replicas } = plan.layout;
  if (origin.kind !== "mlx")
    return { path: "weights", problem: "MLX kits convert to an mlx- format: pick one" };
  if (plan.target !== undefined && plan.target !== "shell") {
    return {
      path: "target",
      problem: `MLX runs on macOS, where a kit starts from a shell, not with ${plan.target}`,
    };
  }
  if (dpAttention > 1 || ep > 1 || dcp > 1) {
    return {
      path: "layout",
      problem: "MLX splits this architecture by heads and columns (tp) or by layers (pp) alone",
    };
  }
  if (tp > 1 && pp > 1) {
    return { path: "layout", problem: "MLX splits by TP or by stages, not by both at once" };
  }
  if (replicas > 1) {
    return {
      path: "layout.replicas",
      problem: "a kit starts one replica of MLX: make one kit for each group of Macs",
    };
  }
  if (placement.acceleratorsPerNode !== 1) {
    return { path: "cluster.acceleratorsPerNode", problem: "a Mac has one GPU: count machines as nodes" };
  }
  if (plan.kvCache !== undefined && plan.kvCache !== "bf16") {
    return { path: "kvCache", problem: "mlx_lm.server keeps this family's cache in 16 bits" };
  }
  if (plan.speculative !== "off") {
    return {
      path: "speculative",
      problem: "MLX's loader drops the MTP layer: there is nothing to draft with",
    };
  }
  return undefined;
}

function splitArguments({ plan, model, placement }: KitIr): readonly Argument[] {
  const { pp } = plan.layout;
  const because = `plan: ${model.architecture.layerCount} layers over ${pp} Macs; without it every layer would be cut`;
  return when(placement.ranks > 1 && pp > 1, flagOnly("--pipeline", because));
}

function servingArguments(ir: KitIr): readonly Argument[] {
  const { plan, running, version, estimate } = ir;
  const { outputTokens } = plan.workload;
  const chunk = plan.options.chunkedPrefill ?? version.defaults.chunkedPrefill?.value;
  const users = Math.max(1, running.count);
  const cache = estimate.memory?.ranks[0]?.kvCache;
  return [
    argument("--decode-concurrency", users, running.because),
    argument(
      "--prompt-concurrency",
      Math.min(8, users),
      "prompts read at once: the engine's most, or all of them",
    ),
    ...when(chunk !== undefined, argument("--prefill-step-size", chunk ?? 0, ttftReason(ir))),
    argument(
      "--max-tokens",
      outputTokens,
      `plan: ${count(outputTokens)} tokens out where a request names no limit`,
    ),
    argument("--prompt-cache-size", users, `${counted(users, "cache")} of earlier prompts kept, one a user`),
    ...when(
      cache !== undefined && cache >= 1e9,
      argument(
        "--prompt-cache-bytes",
        `${Math.floor((cache ?? 0) / 1e9)}GB`,
        `plan: ${gib(cache ?? 0)} of cache on the fullest Mac; more would be taken from the weights' room`,
      ),
    ),
  ];
}

/** `mlx.launch` goes by ssh to every Mac; addresses serve as names and as the ring's ends. */
function launcher(ir: KitIr): Launcher {
  return {
    command: "mlx.launch",
    program: ["mlx.launch"],
    arguments: launchArguments(ir),
    wrapper: [],
    tasksPerNode: 1,
    mpi: false,
    hosts: {
      name: "NODE_ADDRS",
      value: "",
      because: `IP addresses of the ${ir.placement.nodesPerReplica} Macs on the fast network, this one first, separated by commas; ssh must reach each without a password`,
    },
  };
}

const launchArguments = ({ placement }: KitIr): readonly Argument[] => [
  argument(
    "--hosts",
    variable("NODE_ADDRS"),
    `plan: ${counted(placement.nodesPerReplica, "Mac")}, from serve/env`,
  ),
  argument("--backend", "ring", "TCP over Thunderbolt or Ethernet: it needs addresses alone"),
  argument("--starting-port", RING_PORT, "the first Mac's port, one more for each further one"),
  argument("--env", "HF_HUB_OFFLINE=1", "no Mac asks a network for the weights"),
];

/** `mlx_lm.benchmark` reads the prompts, then writes the answers, of all users at once. */
function bench(ir: KitIr): Bench {
  const { inputTokens, outputTokens } = ir.plan.workload;
  const several = ir.placement.nodesPerReplica > 1;
  return {
    command: "mlx_lm.benchmark",
    program: several
      ? [
          "mlx.launch",
          ...launchArguments(ir).flatMap(({ flag, value }) => (value === undefined ? [flag] : [flag, value])),
          "--",
          "mlx_lm.benchmark",
        ]
      : ["mlx_lm.benchmark"],
    arguments: [
      argument("--model", variable("MODEL_DIR"), "the same files"),
      ...splitArguments(ir),
      argument("--prompt-tokens", inputTokens, `plan: ${count(inputTokens)} tokens in`),
      argument("--generation-tokens", outputTokens, `plan: ${count(outputTokens)} tokens out`),
      argument("--batch-size", Math.max(1, ir.running.count), ir.running.because),
      argument("--num-trials", 3, "the mean of three is read by compare.py"),
    ],
    format: "mlx",
    standalone: true,
    toFile: "tee",
  };
}

function listUnsupported({ plan, placement }: KitIr): Unsupported[] {
  const list: Unsupported[] = [
    {
      path: "target",
      reason:
        "macOS has no systemd: keep serve.sh in a terminal, or write a launchd job that runs it; mlx_lm.server itself warns that it checks little of what clients send",
    },
  ];
  if (placement.nodesPerReplica > 1) {
    list.push({
      path: "cluster.fabric",
      reason:
        "RDMA over Thunderbolt 5 needs a host file that mlx.distributed_config writes for your cabling: with it, replace --hosts and --backend ring",
    });
  }
  if (plan.options.contextLength !== undefined) {
    list.push({
      path: "options.contextLength",
      reason: "mlx_lm.server has no option that limits the context",
    });
  }
  if (plan.options.numa !== undefined && plan.options.numa !== "none") {
    list.push({ path: "options.numa", reason: "a Mac's memory is one node" });
  }
  if (plan.workload.requestsPerSecond !== undefined) {
    list.push({
      path: "workload.requestsPerSecond",
      reason: "mlx_lm.benchmark starts all requests at once; arrivals are not played",
    });
  }
  return list;
}
