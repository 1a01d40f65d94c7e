/** Step 2: the engine says the plan as arguments, and nothing leaves that the pinned version does not parse. */
import type { Unsupported } from "../domain/kit.ts";
import type { Problem } from "../domain/problem.ts";
import { ok, type Result } from "../domain/result.ts";
import { checkArguments } from "./engines/arguments.ts";
import { asRole } from "./engines/disaggregation.ts";
import { launchIkLlamaCpp } from "./engines/ik-llama-cpp.ts";
import { launchKtransformers } from "./engines/ktransformers.ts";
import { launchLlamaCpp } from "./engines/llama-cpp.ts";
import { launchLmdeploy } from "./engines/lmdeploy.ts";
import { launchMlx } from "./engines/mlx.ts";
import { launchOllama } from "./engines/ollama.ts";
import { launchSglang } from "./engines/sglang.ts";
import { launchTensorrtLlm } from "./engines/tensorrt-llm.ts";
import { untold } from "./engines/untold.ts";
import { launchVllm } from "./engines/vllm.ts";
import type { Argument, KitIr, Launch } from "./ir.ts";

/** One row an engine: how its start is said. A new engine is a new row. */
const LAUNCHERS: Readonly<Record<string, (ir: KitIr) => Result<Launch, Problem>>> = {
  sglang: launchSglang,
  vllm: launchVllm,
  "llama.cpp": launchLlamaCpp,
  "tensorrt-llm": launchTensorrtLlm,
  "ik_llama.cpp": launchIkLlamaCpp,
  ollama: launchOllama,
  ktransformers: launchKtransformers,
  lmdeploy: launchLmdeploy,
  mlx: launchMlx,
};

/** How the engine is started. Returns Problem: a layout that it cannot start, an option that it must have and has not. */
export function launchOf(ir: KitIr): Result<Launch, Problem> {
  const launcher = LAUNCHERS[ir.engine.id];
  if (!launcher) throw new Error(`no launcher for ${ir.engine.id}: lower should have refused it`);
  const launched = launcher(ir);
  return launched.ok ? checkLaunch(ir, asRole(ir, launched.value)) : launched;
}

/** Nothing leaves the engine step that the pinned version does not parse. */
function checkLaunch(ir: KitIr, launch: Launch): Result<Launch, Problem> {
  const unsupported: Unsupported[] = [...launch.unsupported, ...untold(ir, launch.unsupported)];
  const pass = (command: string, list: readonly Argument[], required: ReadonlySet<string>) => {
    const checked = checkArguments(ir.table, command, list, required);
    if (checked.ok) unsupported.push(...checked.value.unsupported);
    return checked;
  };
  const main = pass(launch.command, launch.arguments, launch.required);
  if (!main.ok) return main;
  const head = pass(launch.command, launch.headArguments, launch.required);
  if (!head.ok) return head;
  const others = pass(launch.command, launch.workerArguments, launch.required);
  if (!others.ok) return others;
  const bench =
    launch.bench.ownClient === true
      ? ok({ arguments: launch.bench.arguments })
      : pass(launch.bench.command, launch.bench.arguments, new Set());
  if (!bench.ok) return bench;
  const worker = launch.workerCommand;
  const workers = worker
    ? pass(worker.command, worker.arguments, new Set(worker.arguments.map((a) => a.flag)))
    : null;
  if (workers && !workers.ok) return workers;
  const { launcher, front } = launch;
  const before = front
    ? pass(front.command, front.arguments, new Set(front.arguments.map((a) => a.flag)))
    : null;
  if (before && !before.ok) return before;
  const reaching = launcher?.command
    ? pass(launcher.command, launcher.arguments, new Set(launcher.arguments.map((a) => a.flag)))
    : null;
  if (reaching && !reaching.ok) return reaching;
  return ok({
    ...launch,
    arguments: main.value.arguments,
    headArguments: head.value.arguments,
    workerArguments: others.value.arguments,
    bench: { ...launch.bench, arguments: bench.value.arguments },
    ...(worker && workers ? { workerCommand: { ...worker, arguments: workers.value.arguments } } : {}),
    unsupported,
  });
}
