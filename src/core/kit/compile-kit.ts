/**
 * From a decided plan to a folder of files that start it.
 *
 *   lower(plan, estimate) → IR → engine(IR) → arguments → target → objects | lines → bundle → files
 *
 * Every step is pure: no clock, no network, no recomputation of what the estimate says.
 */
import type { Kit, Unsupported } from "../domain/kit.ts";
import type { Problem } from "../domain/problem.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { bundle } from "./bundle.ts";
import { checkArguments } from "./engines/arguments.ts";
import { launchIkLlamaCpp } from "./engines/ik-llama-cpp.ts";
import { launchKtransformers } from "./engines/ktransformers.ts";
import { launchLlamaCpp } from "./engines/llama-cpp.ts";
import { launchLmdeploy } from "./engines/lmdeploy.ts";
import { launchOllama } from "./engines/ollama.ts";
import { launchSglang } from "./engines/sglang.ts";
import { launchTensorrtLlm } from "./engines/tensorrt-llm.ts";
import { launchVllm } from "./engines/vllm.ts";
import { airGapFiles } from "./files/air-gap.ts";
import { BENCH_COMPARE, benchScript } from "./files/bench-script.ts";
import { convertFiles } from "./files/convert.ts";
import { downloadScript } from "./files/download.ts";
import { loadTime, type Draft, type Parts } from "./files/draft.ts";
import { OPENAI_CLIENT } from "./files/openai-client.ts";
import { licencesFile } from "./files/licenses.ts";
import { smokeScript } from "./files/smoke.ts";
import type { Argument, KitIr, Launch } from "./ir.ts";
import { lower, type KitInput } from "./lower.ts";
import type { Target } from "./targets/target.ts";
import { targetOf } from "./targets/targets.ts";

export type { KitInput } from "./lower.ts";

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
};

/**
 * Compiles the kit of a plan.
 *
 * Returns Problem: what `lower` refuses, a layout that the engine cannot start, an option that the plan
 * needs and the pinned version does not have. What may be missing is in `unsupported[]` instead.
 */
export function compileKit(input: KitInput): Result<Kit, Problem> {
  const lowered = lower(input);
  if (!lowered.ok) return lowered;
  const ir = lowered.value;
  const launcher = LAUNCHERS[ir.engine.id];
  if (!launcher) throw new Error(`no launcher for ${ir.engine.id}: lower should have refused it`);
  const launched = launcher(ir);
  if (!launched.ok) return launched;
  const checked = checkLaunch(ir, launched.value);
  if (!checked.ok) return checked;
  const target = targetOf(ir.plan.target);
  const launch = target.reword?.(checked.value) ?? checked.value;
  const refusal = refuseFolder(ir, launch) ?? target.refuse(ir, launch);
  if (refusal) return fail(refusal);
  const placed = launch.placement === undefined ? ir : { ...ir, placement: launch.placement };
  const parts: Parts = { ir: placed, launch, reads: loadTime(ir) };
  return ok(bundle(parts, target, draftFiles(parts, target)));
}

/** Pods get the weights and the command line; what a launch keeps in files of its own has no place there. */
function refuseFolder({ plan, engine }: KitIr, launch: Launch): Problem | undefined {
  if (plan.target !== "kubernetes" || !(launch.configs ?? launch.exports ?? launch.state)) return undefined;
  return {
    path: "target",
    problem: `${engine.name} starts with files beside its script, which Kubernetes kits do not mount yet: take shell, compose or slurm`,
  };
}

function draftFiles(parts: Parts, target: Target): Draft[] {
  return [
    ...target.files(parts),
    downloadScript(parts),
    ...convertFiles(parts),
    ...airGapFiles(parts),
    ...configFiles(parts),
    smokeScript(parts),
    benchScript(parts),
    ...(parts.launch.bench.ownClient === true ? [OPENAI_CLIENT] : []),
    BENCH_COMPARE,
    licencesFile(parts),
  ];
}

function configFiles({ launch }: Parts): Draft[] {
  const settings = (launch.configs ?? []).map(({ name, text, reasons }) => ({
    path: `serve/${name}`,
    text,
    reasons,
  }));
  return [...settings, ...(launch.scripts ?? [])];
}

/** Nothing leaves the engine step that the pinned version does not parse. */
function checkLaunch(ir: KitIr, launch: Launch): Result<Launch, Problem> {
  const unsupported: Unsupported[] = [...launch.unsupported];
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
