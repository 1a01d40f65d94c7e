/** Ray: one process of it a node; vLLM starts on the first and places its ranks through it. */
import type { Problem } from "../../domain/problem.ts";
import { argument, flagOnly } from "../engines/arguments.ts";
import { scriptHead, type Draft, type Parts } from "../files/draft.ts";
import { preflightScript } from "../files/preflight.ts";
import { argumentItem, environmentFile, serveScript } from "../files/serve.ts";
import type { Argument, KitIr } from "../ir.ts";
import { array, blank, block, code, join, printScript, variable, type ScriptLine } from "../render/shell.ts";
import { markdownCode } from "../text.ts";
import { downloadStep, settingsStep } from "./phrases.ts";
import type { Runbook, Target } from "./target.ts";

const RAY_PORT = 6379;
/** Time that the slowest node may take to join, in seconds. Assumed. */
const JOIN_SECONDS = 600;

export const rayTarget: Target = {
  refuse,
  unsupported: ({ placement }) => [
    {
      path: "target",
      reason:
        "Ray starts no node again: a node that dies ends the replica; run head.sh and worker.sh under your own supervisor",
    },
    ...(placement.replicas > 1
      ? [
          {
            path: "layout.replicas",
            reason: `each of the ${placement.replicas} replicas is a Ray cluster of its own; the load balancer in front is yours`,
          },
        ]
      : []),
  ],
  files: (parts) => [
    preflightScript(parts),
    environmentFile(parts, [
      { name: "HEAD_ADDR", value: "", because: "address of the first node on the fast network: set it" },
    ]),
    serveScript(parts, []),
    headScript(parts),
    workerScript(parts),
  ],
  runbook,
};

function refuse({ plan, placement, engine }: KitIr): Problem | undefined {
  const path = "target";
  if (plan.engine !== "vllm") {
    return { path, problem: `${engine.name} does not start its ranks through Ray; vLLM does` };
  }
  if (placement.nodesPerReplica <= 1) {
    return {
      path,
      problem: "Ray is for a replica over several nodes; this one fits in a node: take shell or compose",
    };
  }
  return undefined;
}

function shared({ placement }: KitIr): readonly Argument[] {
  return [
    argument(
      "--num-gpus",
      placement.acceleratorsPerNode,
      `plan: ${placement.acceleratorsPerNode} accelerators a node`,
    ),
    flagOnly("--disable-usage-stats", "nothing is sent anywhere"),
  ];
}

export const rayHeadArguments = (ir: KitIr): readonly Argument[] => [
  flagOnly("--head", "the node that the others join"),
  argument("--node-ip-address", variable("HEAD_ADDR"), "the fast network's address, not the first one found"),
  argument("--port", RAY_PORT, "as in worker.sh"),
  argument("--include-dashboard", "false", "one port less that anybody may open"),
  ...shared(ir),
];

export const rayWorkerArguments = (ir: KitIr): readonly Argument[] => [
  argument("--address", join(variable("HEAD_ADDR"), `:${RAY_PORT}`), "the first node, where head.sh runs"),
  flagOnly("--block", "the node leaves when this script ends"),
  ...shared(ir),
];

function headScript({ ir }: Parts): Draft {
  const ranks = ir.placement.ranks;
  const lines: ScriptLine[] = [
    ...scriptHead(ir, "Starts Ray on the first node, waits for the others, starts the server", "env"),
    code(': "${HEAD_ADDR:?set HEAD_ADDR in serve/env to the address of this node}"'),
    blank,
    ...array("ray_args", rayHeadArguments(ir).map(argumentItem)),
    code('ray start "${ray_args[@]}"'),
    code("trap 'ray stop' EXIT"),
    {
      text: `RAY_ADDRESS="\${HEAD_ADDR}:${RAY_PORT}"`,
      because: "the server joins this cluster, and starts none",
    },
    code("export RAY_ADDRESS"),
    ...block(`
      python3 - ${ranks} ${JOIN_SECONDS} << 'PYTHON'
      import sys
      import time

      import ray

      want, limit = float(sys.argv[1]), float(sys.argv[2])
      ray.init(logging_level="ERROR")
      start = time.monotonic()
      while ray.cluster_resources().get("GPU", 0.0) < want:
          if time.monotonic() - start > limit:
              sys.exit(f"{ray.cluster_resources().get('GPU', 0.0):g} of {want:g} accelerators joined in {limit:g} s")
          time.sleep(2)
      PYTHON
      "\${here}/serve.sh"
    `),
  ];
  return { path: "serve/head.sh", executable: true, ...printScript(lines) };
}

function workerScript({ ir }: Parts): Draft {
  const lines: ScriptLine[] = [
    ...scriptHead(ir, "Lends this node's accelerators to the first one through Ray", "env"),
    code(': "${HEAD_ADDR:?set HEAD_ADDR in serve/env to the address of the first node}"'),
    blank,
    ...array("ray_args", rayWorkerArguments(ir).map(argumentItem)),
    code('exec ray start "${ray_args[@]}"'),
  ];
  return { path: "serve/worker.sh", executable: true, ...printScript(lines) };
}

function runbook(parts: Parts): Runbook {
  return {
    settings: settingsStep(
      parts,
      ` Set ${markdownCode("HEAD_ADDR")} too. Every node gets the same kit, the same vLLM and the same Ray.`,
    ),
    preflight: `${markdownCode("./preflight.sh")} on every node: it against the plan, one line a check.`,
    weights: [`On every node: ${downloadStep(parts)}`],
    converted: [],
    start: [
      `On the first node: ${markdownCode("./serve/head.sh")}; on every other: ${markdownCode("./serve/worker.sh")}. The server starts once all have joined, within ${JOIN_SECONDS / 60} min.`,
    ],
    reach: [],
  };
}
