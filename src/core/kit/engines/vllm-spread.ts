/** vLLM over several nodes: the arguments that say which node this is, and where the nodes meet. */
import type { Argument, KitIr, Launch } from "../ir.ts";
import { product, variable } from "../render/shell.ts";
import { argument, flagOnly } from "./arguments.ts";

const MASTER_PORT = 29501;
const DATA_PARALLEL_PORT = 13345;

/** Arguments that say which node this is. Data-parallel attention meets over its own port; TP and PP over torch's. */
export function spreadOf({ plan, placement }: KitIr): {
  shared: readonly Argument[];
  head: readonly Argument[];
  worker: readonly Argument[];
  ports: Launch["ports"];
} {
  const nodes = placement.nodesPerReplica;
  if (nodes <= 1) return { shared: [], head: [], worker: [], ports: [] };
  const { dpAttention } = plan.layout;
  if (plan.target === "ray")
    return { shared: rayArguments(dpAttention, nodes), head: [], worker: [], ports: [] };
  if (dpAttention > 1) {
    const local = dpAttention / nodes;
    return {
      shared: [
        argument(
          "--data-parallel-size-local",
          local,
          `${local} of ${dpAttention} attention groups on each node`,
        ),
        argument("--data-parallel-address", variable("HEAD_ADDR"), "the groups meet at node 0"),
        argument("--data-parallel-rpc-port", DATA_PARALLEL_PORT, "where node 0 listens for them"),
      ],
      head: [
        argument(
          "--api-server-count",
          Math.min(8, local),
          "several front ends, so that none is the bottleneck",
        ),
      ],
      worker: [
        flagOnly("--headless", "only node 0 answers HTTP"),
        argument(
          "--data-parallel-start-rank",
          product("NODE_RANK", local),
          `node rank x ${local}: the first group of this node`,
        ),
      ],
      ports: [{ port: DATA_PARALLEL_PORT, what: "meeting of the data-parallel groups", node: "head" }],
    };
  }
  return {
    shared: [
      argument("--nnodes", nodes, `plan: one replica over ${nodes} nodes, started without Ray`),
      argument("--node-rank", variable("NODE_RANK"), "0 on the first node, 1 on the next"),
      argument("--master-addr", variable("HEAD_ADDR"), "ranks meet at node 0"),
      argument("--master-port", MASTER_PORT, "the port that they meet at"),
    ],
    head: [],
    worker: [flagOnly("--headless", "only node 0 answers HTTP")],
    ports: [{ port: MASTER_PORT, what: "rendezvous of the ranks", node: "head" }],
  };
}

/** One `vllm serve` on the first node; Ray starts the ranks of all. */
function rayArguments(dpAttention: number, nodes: number): readonly Argument[] {
  if (dpAttention <= 1) {
    return [
      argument("--distributed-executor-backend", "ray", `plan: Ray starts the ranks of all ${nodes} nodes`),
    ];
  }
  const local = dpAttention / nodes;
  return [
    argument("--data-parallel-backend", "ray", `plan: Ray starts the attention groups of all ${nodes} nodes`),
    argument("--data-parallel-size-local", local, `${local} of ${dpAttention} attention groups on each node`),
    argument("--data-parallel-address", variable("HEAD_ADDR"), "the groups meet at the first node"),
  ];
}
