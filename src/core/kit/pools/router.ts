/** What stands in front of both pools: the one address that clients know, as a launch of its own. */
import type { Problem } from "../../domain/problem.ts";
import { ok, type Result } from "../../domain/result.ts";
import { argument, checkArguments, flagOnly } from "../engines/arguments.ts";
import { servingBench, tensorrtBench, vllmBench } from "../engines/bench.ts";
import { loadTime } from "../files/draft.ts";
import type { Argument, Bench, KitIr, Launch } from "../ir.ts";
import { variable } from "../render/shell.ts";

const PORT = 8080;
/** Longer than any answer: what a request may take, in seconds. */
const LONGEST_REQUEST = 3600;

interface Router {
  /** As the flag table names it; the kit's own proxy is in none. */
  readonly command: string;
  readonly own?: boolean;
  readonly program: readonly string[];
  readonly arguments: (whole: KitIr) => readonly Argument[];
  readonly bench: (whole: KitIr) => Bench;
}

const address = (): readonly Argument[] => [
  argument("--host", variable("HOST"), "from serve/env; put a proxy with keys in front before opening it"),
  argument("--port", variable("PORT"), "from serve/env; clients, smoke.sh and bench.sh use the same"),
];

/** One row an engine. */
const ROUTERS: Readonly<Record<string, Router>> = {
  sglang: {
    command: "python3 -m sglang_router.launch_router",
    program: ["python3", "-m", "sglang_router.launch_router"],
    arguments: (whole) => {
      const { limitSeconds, because } = loadTime(whole);
      return [
        flagOnly("--pd-disaggregation", "plan: prompts and answers are computed by different servers"),
        argument("--policy", "round_robin", "plan: every instance of a pool gets the same share"),
        argument("--worker-startup-timeout-secs", limitSeconds, because),
        ...address(),
      ];
    },
    bench: (whole) => servingBench(whole),
  },
  vllm: {
    command: "proxy.py",
    own: true,
    program: ["python3"],
    arguments: () => address(),
    bench: vllmBench,
  },
  "tensorrt-llm": {
    command: "trtllm-serve disaggregated",
    program: ["trtllm-serve", "disaggregated"],
    arguments: (whole) => {
      const { limitSeconds, because } = loadTime(whole);
      return [
        argument("--config_file", variable("ROUTER_CONFIG"), "both pools' addresses, and where clients ask"),
        argument("--server_start_timeout", limitSeconds, because),
        argument("--request_timeout", LONGEST_REQUEST, "seconds: the longest answer ends within an hour"),
      ];
    },
    bench: tensorrtBench,
  },
};

export function routerOf(engine: string): Router {
  const router = ROUTERS[engine];
  if (!router) throw new Error(`no router for ${engine}: refusePools should have refused it`);
  return router;
}

/** The router as a launch: what smoke.sh, bench.sh and kit.json see of the service. `halves`: its pools' launches. */
export function launchRouter(whole: KitIr, halves: readonly Launch[]): Result<Launch, Problem> {
  const router = routerOf(whole.engine.id);
  const list = router.arguments(whole);
  const checked = router.own
    ? ok({ arguments: list, unsupported: [] })
    : checkArguments(whole.table, router.command, list, new Set(list.map(({ flag }) => flag)));
  if (!checked.ok) return checked;
  const wanted = router.bench(whole);
  const bench = checkArguments(whole.table, wanted.command, wanted.arguments, new Set());
  if (!bench.ok) return bench;
  return ok({
    command: router.command,
    program: router.program,
    containerProgram: router.program,
    positional: [],
    arguments: checked.value.arguments,
    headArguments: [],
    workerArguments: [],
    environment: [],
    port: PORT,
    healthPath: "/health",
    servedName: whole.plan.model,
    bench: { ...wanted, arguments: bench.value.arguments },
    ports: [{ port: PORT, what: "HTTP of the router", node: "head" }],
    unsupported: [
      ...halves.flatMap(({ unsupported }) => unsupported),
      ...bench.value.unsupported,
      {
        path: "layout.disaggregated",
        reason:
          "caches go over the fast network by whatever RDMA devices the transfer library finds: which those are is your cluster's own",
      },
    ],
    required: new Set(),
  });
}
