/** What makes a server one half of a disaggregated service: arguments, variables and addresses by engine. */
import type { Problem } from "../../domain/problem.ts";
import type { Argument, KitIr, Launch, Role } from "../ir.ts";
import { variable } from "../render/shell.ts";
import { argument } from "./arguments.ts";

/** Where a prefill server of SGLang tells decode servers how to reach its cache. */
export const BOOTSTRAP_PORT = 8998;
/** First port on which vLLM's ranks exchange where their caches lie. */
const SIDE_PORT = 5600;
/** Both halves may share a machine: their ports never do. */
const DECODE_PORT_STEP = 1000;
/** Further apart than a node has ranks. */
const RANKS_APART = 32;

/** Engines whose halves kits start, with what hands requests on. */
export const POOL_ENGINES: ReadonlySet<string> = new Set(["sglang", "vllm", "tensorrt-llm"]);

/** Arguments without which a half would be a whole server. */
export const ROLE_OPTIONS: readonly string[] = [
  "--disaggregation-mode",
  "--disaggregation-bootstrap-port",
  "--kv-transfer-config",
];

const MEANING: Readonly<Record<Role, string>> = {
  prefill: "plan: this half reads prompts and hands their cache on",
  decode: "plan: this half takes caches over and writes the answers",
};

/** A launch as one half of the service; as it is where the plan has one kind of server. */
export function asRole(ir: KitIr, launch: Launch): Launch {
  const { role } = ir;
  if (role === undefined) return launch;
  const port = launch.port + (role === "decode" ? DECODE_PORT_STEP : 0);
  const common: Launch = {
    ...launch,
    port,
    ports: launch.ports.map((row) => (row.port === launch.port ? { ...row, port } : row)),
    listen: { value: "0.0.0.0", because: "the router reaches it from its own node: a private network only" },
    required: new Set([...launch.required, ...ROLE_OPTIONS]),
  };
  return ROLES[ir.engine.id]?.(common, role) ?? common;
}

/** What else an engine must be told of its role; TensorRT-LLM's settings file says it already. */
const ROLES: Readonly<Record<string, (launch: Launch, role: Role) => Launch>> = {
  sglang: sglangRole,
  vllm: vllmRole,
};

function sglangRole(launch: Launch, role: Role): Launch {
  const more: Argument[] = [
    argument("--disaggregation-mode", role, MEANING[role]),
    argument(
      "--disaggregation-transfer-backend",
      "mooncake",
      "the cache goes over RDMA; the image carries it",
    ),
  ];
  if (role === "decode") return { ...launch, arguments: [...launch.arguments, ...more] };
  // A prefill server never decodes: graphs for it would only take memory.
  const kept = launch.arguments.filter(({ flag }) => flag !== "--cuda-graph-max-bs-decode");
  const because = "decode servers ask here where a prompt's cache lies";
  return {
    ...launch,
    arguments: [
      ...kept,
      ...more,
      argument("--disaggregation-bootstrap-port", variable("BOOTSTRAP_PORT"), because),
    ],
    environment: [
      ...launch.environment,
      { name: "BOOTSTRAP_PORT", value: String(BOOTSTRAP_PORT), because: "as serve/router.sh counts them" },
    ],
    replicaPorts: { variable: "BOOTSTRAP_PORT", step: 1 },
    ports: [...launch.ports, { port: BOOTSTRAP_PORT, what: "meeting of prefill and decode", node: "head" }],
  };
}

function vllmRole(launch: Launch, role: Role): Launch {
  const config = JSON.stringify({
    kv_connector: "NixlConnector",
    kv_role: role === "prefill" ? "kv_producer" : "kv_consumer",
    kv_load_failure_policy: "fail",
  });
  const port = SIDE_PORT + (role === "decode" ? DECODE_PORT_STEP : 0);
  return {
    ...launch,
    arguments: [...launch.arguments, argument("--kv-transfer-config", config, MEANING[role])],
    environment: [
      ...launch.environment,
      {
        name: "VLLM_NIXL_SIDE_CHANNEL_PORT",
        value: String(port),
        because:
          "first of the ports on which ranks exchange where their caches lie, one a data-parallel rank",
      },
    ],
    exports: [
      ...(launch.exports ?? []),
      {
        name: "VLLM_NIXL_SIDE_CHANNEL_HOST",
        value: { address: "NODE_ADDR" },
        because: "where the other half reaches this node: NODE_ADDR, else the first address it has",
      },
    ],
    replicaPorts: { variable: "VLLM_NIXL_SIDE_CHANNEL_PORT", step: RANKS_APART },
    ports: [...launch.ports, { port, what: "where caches lie", node: "all" }],
  };
}

/** What keeps the others from it. */
const ONE_SERVER = "hands no cache to another server";
const WITHOUT_POOLS: Readonly<Record<string, string>> = {
  "llama.cpp": `llama-server ${ONE_SERVER}`,
  "ik_llama.cpp": `llama-server ${ONE_SERVER}`,
  ollama: `Ollama ${ONE_SERVER}`,
  mlx: `mlx_lm.server ${ONE_SERVER}`,
  ktransformers:
    "each half of KTransformers would keep all experts in its own host's memory: kits start one hybrid server",
  lmdeploy:
    "LMDeploy hands caches over by DLSlime, a library beside its package, and which version of it goes with the pinned one is not known",
};

/** Why an engine's halves cannot be started; undefined where they can. */
export function refusePools(engine: string): Problem | undefined {
  if (POOL_ENGINES.has(engine)) return undefined;
  return {
    path: "layout.disaggregated",
    problem: `${WITHOUT_POOLS[engine] ?? `kits start no pools of ${engine}`}: separate prefill and decode pools take ${[...POOL_ENGINES].join(", ")}`,
  };
}
