/** serve/router.sh: the one address that clients know; it sends a request to both pools. */
import type { Problem } from "../../domain/problem.ts";
import { ok, type Result } from "../../domain/result.ts";
import { argument, checkArguments, flagOnly } from "../engines/arguments.ts";
import { servingBench, vllmBench } from "../engines/bench.ts";
import { BOOTSTRAP_PORT } from "../engines/disaggregation.ts";
import { scriptHead, type Draft } from "../files/draft.ts";
import { argumentItem } from "../files/serve.ts";
import type { Argument, KitIr, Launch } from "../ir.ts";
import { array, blank, block, code, printScript, variable, type ScriptLine } from "../render/shell.ts";
import { PROXY } from "./proxy.ts";

const PORT = 8080;
const ROUTER = "python3 -m sglang_router.launch_router";
const URLS = ["PREFILL_URLS", "DECODE_URLS"];

/** The router as a launch: what smoke.sh, bench.sh and kit.json see of the service. `halves`: its pools' launches. */
export function launchRouter(whole: KitIr, halves: readonly Launch[]): Result<Launch, Problem> {
  const own = whole.engine.id === "sglang" ? sglangRouter(whole) : vllmProxy(whole);
  const checked =
    whole.engine.id === "sglang"
      ? checkArguments(whole.table, ROUTER, own.arguments, new Set(own.arguments.map(({ flag }) => flag)))
      : ok({ arguments: own.arguments, unsupported: [] });
  if (!checked.ok) return checked;
  const bench = checkArguments(whole.table, own.bench.command, own.bench.arguments, new Set());
  if (!bench.ok) return bench;
  return ok({
    ...own,
    bench: { ...own.bench, arguments: bench.value.arguments },
    unsupported: [
      ...halves.flatMap(({ unsupported }) => unsupported),
      ...bench.value.unsupported,
      {
        path: "layout.disaggregated",
        reason:
          "caches go over the fast network by whatever RDMA devices the transfer library finds: which those are is your cluster's own",
      },
    ],
  });
}

function base(whole: KitIr, command: string, program: readonly string[], list: readonly Argument[]): Launch {
  return {
    command,
    program,
    containerProgram: program,
    positional: [],
    arguments: list,
    headArguments: [],
    workerArguments: [],
    environment: [],
    port: PORT,
    healthPath: "/health",
    servedName: whole.plan.model,
    bench: whole.engine.id === "sglang" ? servingBench(whole) : vllmBench(whole),
    ports: [{ port: PORT, what: "HTTP of the router", node: "head" }],
    unsupported: [],
    required: new Set(),
  };
}

const address = (): readonly Argument[] => [
  argument("--host", variable("HOST"), "from serve/env; put a proxy with keys in front before opening it"),
  argument("--port", variable("PORT"), "from serve/env; clients, smoke.sh and bench.sh use the same"),
];

function sglangRouter(whole: KitIr): Launch {
  return base(
    whole,
    ROUTER,
    ["python3", "-m", "sglang_router.launch_router"],
    [
      flagOnly("--pd-disaggregation", "plan: prompts and answers are computed by different servers"),
      argument("--policy", "round_robin", "plan: every instance of a pool gets the same share"),
      ...address(),
    ],
  );
}

function vllmProxy(whole: KitIr): Launch {
  return base(whole, "proxy.py", ["python3"], address());
}

/** Instances of one node count their bootstrap ports up, as their PORT. */
export function routerFiles(whole: KitIr, launch: Launch, prefillsOnNode: number): Draft[] {
  const sglang = whole.engine.id === "sglang";
  const lines: ScriptLine[] = [
    ...scriptHead(whole, "Starts the router in front of both pools", "env"),
    ...URLS.map((name) => code(`: "\${${name}:?set ${name} in serve/env}"`)),
    blank,
    ...array("args", launch.arguments.map(argumentItem)),
    ...(sglang
      ? block(`
          count=0
          for url in \${PREFILL_URLS//,/ }; do
            args+=(--prefill "\${url}" "$((${BOOTSTRAP_PORT} + count % ${prefillsOnNode}))")
            count=$((count + 1))
          done
          for url in \${DECODE_URLS//,/ }; do args+=(--decode "\${url}"); done
          exec python3 -m sglang_router.launch_router "\${args[@]}"
        `)
      : block(`
          for url in \${PREFILL_URLS//,/ }; do args+=(--prefill "\${url}"); done
          for url in \${DECODE_URLS//,/ }; do args+=(--decode "\${url}"); done
          exec python3 "\${here}/proxy.py" "\${args[@]}"
        `)),
  ];
  const script: Draft = { path: "serve/router.sh", executable: true, ...printScript(lines) };
  return sglang ? [script] : [script, PROXY];
}

/** Settings of the router besides its own address. */
export const poolEntries = (prefill: Launch, decode: Launch) => [
  {
    name: "PREFILL_URLS",
    value: "",
    because: `http://HOST:${prefill.port} of every prefill instance, node by node, separated by commas`,
  },
  {
    name: "DECODE_URLS",
    value: "",
    because: `http://HOST:${decode.port} of every decode instance, node by node, separated by commas`,
  },
];
