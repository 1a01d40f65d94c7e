/** LMDeploy: how a plan is said to `lmdeploy serve api_server` (PyTorch engine), and to its proxy. */
import type { Unsupported } from "../../domain/kit.ts";
import type { Problem } from "../../domain/problem.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import type { Argument, Front, KitIr, Launch } from "../ir.ts";
import { join, variable, type Word } from "../render/shell.ts";
import { argument, count, counted, flagOnly, gib, fullestRank, when } from "./arguments.ts";
import { openAiBench } from "./bench.ts";
import { defaultChunk, speculativeSteps, ttftReason } from "./phrases.ts";

const COMMAND = "lmdeploy serve api_server";
const PROXY = "lmdeploy serve proxy";
const PORT = 23333;
const PROXY_PORT = 8000;
const RENDEZVOUS_PORT = 29555;

const REQUIRED = new Set([
  "--backend",
  "--tp",
  "--dp",
  "--ep",
  "--proxy-url",
  "--nnodes",
  "--node-rank",
  "--quant-policy",
  "--speculative-algorithm",
]);

export function launchLmdeploy(ir: KitIr): Result<Launch, Problem> {
  const refusal = refuse(ir);
  if (refusal) return fail(refusal);
  const proxied = ir.plan.layout.dpAttention > 1;
  const port = proxied ? PROXY_PORT : PORT;
  return ok({
    command: COMMAND,
    program: ["lmdeploy", "serve", "api_server"],
    containerProgram: ["lmdeploy", "serve", "api_server"],
    positional: [
      { value: variable("MODEL_DIR"), because: `${ir.origin.repository.repository}, fetched by download.sh` },
    ],
    arguments: [
      argument("--backend", "pytorch", "the engine that runs this family; the other one does not"),
      argument("--model-name", ir.plan.model, "the name that clients send"),
      flagOnly("--trust-remote-code", "the checkpoint ships its own config class"),
      ...layoutArguments(ir),
      ...memoryArguments(ir),
      ...schedulerArguments(ir),
      ...speculativeArguments(ir),
      ...(proxied ? proxiedArguments(ir) : addressArguments()),
    ],
    headArguments: [],
    workerArguments: [],
    environment: [],
    ...(proxied ? { exports: meeting(ir) } : {}),
    port,
    healthPath: proxied ? "/v1/models" : "/health",
    servedName: ir.plan.model,
    ...(proxied ? { front: proxy(ir) } : {}),
    bench: openAiBench(ir),
    ports: [
      { port, what: "HTTP", node: "head" },
      ...(proxied
        ? [{ port: RENDEZVOUS_PORT, what: "meeting of the data-parallel ranks", node: "head" } as const]
        : []),
    ],
    unsupported: listUnsupported(ir),
    required: REQUIRED,
  });
}

function refuse({ plan, placement }: KitIr): Problem | undefined {
  const { tp, pp, dpAttention, ep, dcp } = plan.layout;
  if (pp > 1) return { path: "layout.pp", problem: "LMDeploy has no pipeline stages" };
  if (dcp > 1) {
    return { path: "layout.dcp", problem: "LMDeploy's PyTorch engine spreads no cache over ranks of TP" };
  }
  if (plan.weights !== "fp8" && plan.weights !== "bf16") {
    return {
      path: "weights",
      problem: `LMDeploy's PyTorch engine does not load ${plan.weights} weights of this family`,
    };
  }
  if (dpAttention > 1 && dpAttention !== tp) {
    return {
      path: "layout.dpAttention",
      problem: `data parallelism of LMDeploy is one rank a group: attention DP is ${tp} or 1, not ${dpAttention}`,
    };
  }
  if (ep > 1 && (ep !== tp || dpAttention === 1)) {
    return {
      path: "layout.ep",
      problem: `LMDeploy spreads experts over all ${tp} ranks, beside attention DP ${tp}: EP ${ep} is not that`,
    };
  }
  if (placement.replicasPerNode > 1 && dpAttention > 1) {
    return {
      path: "layout.replicas",
      problem:
        "ranks behind LMDeploy's proxy count accelerators from a node's first: one such replica a node",
    };
  }
  if (placement.nodesPerReplica > 1 && dpAttention === 1) {
    return {
      path: "cluster.nodes",
      problem:
        "one group of TP over several nodes needs a Ray cluster below LMDeploy; attention DP starts without one",
    };
  }
  if (plan.kvCache !== undefined && plan.kvCache !== "bf16" && plan.kvCache !== "fp8") {
    return { path: "kvCache", problem: `LMDeploy has no ${plan.kvCache} cache` };
  }
  if (plan.kvCache === "fp8") {
    return {
      path: "kvCache",
      problem: "LMDeploy quantizes caches to 4 and 8 bit integers: it has no FP8 cache for MLA",
    };
  }
  return undefined;
}

function layoutArguments({ plan, model, placement }: KitIr): readonly Argument[] {
  const { tp, dpAttention, ep } = plan.layout;
  const { headCount, routedExpertCount } = model.architecture;
  if (dpAttention === 1) {
    return [
      argument("--tp", tp, `plan: TP ${tp}, ${Math.floor(headCount / tp)} of ${headCount} heads a rank`),
    ];
  }
  const nodes = placement.nodesPerReplica;
  return [
    argument(
      "--tp",
      ep > 1 ? 1 : tp,
      ep > 1 ? "plan: neither attention nor experts are cut" : `plan: experts cut over ${tp} ranks`,
    ),
    argument(
      "--dp",
      dpAttention,
      `plan: ${dpAttention} caches of different requests instead of ${dpAttention} copies`,
    ),
    ...when(
      ep > 1,
      argument(
        "--ep",
        ep,
        `plan: EP ${ep}, ${Math.floor(routedExpertCount / ep)} of ${routedExpertCount} routed experts a rank`,
      ),
    ),
    argument("--nnodes", nodes, nodes > 1 ? `plan: one replica over ${nodes} nodes` : "plan: one node"),
    argument("--node-rank", nodes > 1 ? variable("NODE_RANK") : "0", "0 on the first node, 1 on the next"),
  ];
}

function memoryArguments(ir: KitIr): readonly Argument[] {
  const { options } = ir.plan;
  const share = options.memFraction ?? ir.version.defaults.memFraction.value;
  const said = options.memFraction === undefined ? "the engine's default, pinned" : "plan";
  const rank = fullestRank(ir);
  const parts = rank ? `: ${gib(rank.kvCache)} of cache beside ${gib(rank.weights)} of weights a rank` : "";
  return [
    argument("--cache-max-entry-count", share, `${said}: of the memory that the weights leave${parts}`),
    argument(
      "--cache-block-seq-len",
      ir.version.defaults.kvBlockTokens.value,
      "the engine's default, pinned: tokens a block of cache",
    ),
    ...when(
      ir.plan.kvCache === "bf16",
      argument("--quant-policy", 0, "plan: BF16 cache, the model's own type"),
    ),
  ];
}

function schedulerArguments(ir: KitIr): readonly Argument[] {
  const { running, contextTokens, plan } = ir;
  const { dpAttention } = plan.layout;
  const chunk = plan.options.chunkedPrefill ?? defaultChunk(ir);
  const each = Math.ceil(running.count / dpAttention);
  const hit = plan.workload.prefixHitRate;
  return [
    argument("--session-len", contextTokens.count, contextTokens.because),
    ...when(
      running.count > 0,
      argument(
        "--max-batch-size",
        each,
        dpAttention > 1
          ? `${running.because}, ${count(each)} on each of ${dpAttention} ranks`
          : running.because,
      ),
    ),
    ...when(chunk !== undefined, argument("--max-prefill-token-num", chunk ?? 0, ttftReason(ir))),
    ...when(
      hit > 0,
      flagOnly("--enable-prefix-caching", `plan: ${count(hit * 100)} % of the prompt is found in the cache`),
    ),
  ];
}

function speculativeArguments(ir: KitIr): readonly Argument[] {
  const steps = speculativeSteps(ir.plan.speculative);
  return when(
    steps > 0,
    argument("--speculative-algorithm", "deepseek_mtp", "plan: the checkpoint's own MTP layer drafts"),
    argument("--speculative-num-draft-tokens", steps, `plan: ${counted(steps, "draft token")} a step`),
  );
}

const addressArguments = (): readonly Argument[] => [
  argument(
    "--server-name",
    variable("HOST"),
    "from serve/env; put a proxy with keys in front before opening it",
  ),
  argument("--server-port", variable("PORT"), "from serve/env; clients, smoke.sh and bench.sh use the same"),
];

const headAddress = ({ placement }: KitIr): Word =>
  placement.nodesPerReplica > 1 ? variable("HEAD_ADDR") : "127.0.0.1";

const proxiedArguments = (ir: KitIr): readonly Argument[] => [
  argument(
    "--proxy-url",
    join("http://", headAddress(ir), ":", variable("PORT")),
    "every rank is a server of its own and reports to the proxy on the first node",
  ),
];

const meeting = (ir: KitIr): NonNullable<Launch["exports"]> => [
  {
    name: "LMDEPLOY_DP_MASTER_ADDR",
    value: headAddress(ir),
    because: "the data-parallel ranks meet at node 0",
  },
  { name: "LMDEPLOY_DP_MASTER_PORT", value: String(RENDEZVOUS_PORT), because: "the port that they meet at" },
];

/** The one address that clients use, in front of a server a rank. */
function proxy({ plan, placement }: KitIr): Front {
  return {
    name: "proxy",
    command: PROXY,
    program: PROXY.split(" "),
    arguments: [
      argument(
        "--server-name",
        placement.nodesPerReplica > 1 ? "0.0.0.0" : variable("HOST"),
        placement.nodesPerReplica > 1
          ? "the other nodes report here: a private network only, keys in front"
          : "from serve/env; put a proxy with keys in front before opening it",
      ),
      argument(
        "--server-port",
        variable("PORT"),
        "from serve/env; clients, smoke.sh and bench.sh use the same",
      ),
      argument("--serving-strategy", "Hybrid", "every rank prefills and decodes"),
      argument("--routing-strategy", "min_expected_latency", "the rank that should answer first"),
    ],
    because: `it hands requests to the ${plan.layout.dpAttention} servers, one a rank, as they report to it`,
    ready: { path: "/nodes/status", servers: plan.layout.dpAttention },
  };
}

function listUnsupported({ plan }: KitIr): Unsupported[] {
  const list: Unsupported[] = [];
  if (plan.options.numa !== undefined && plan.options.numa !== "none") {
    list.push({ path: "options.numa", reason: "LMDeploy has no option that binds ranks to sockets" });
  }
  return list;
}
