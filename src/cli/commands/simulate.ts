import type { Plan } from "../../core/domain/plan.ts";
import type { LatencyTarget, SimulateAnswer, SimulationAsk } from "../../core/domain/plan-simulation.ts";
import type { Problem } from "../../core/domain/problem.ts";
import type { Result } from "../../core/domain/result.ts";
import { simulatePlanSteps, sizeReplicasSteps } from "../../core/sizing/simulate-plan.ts";
import { dayOf, planOnFile } from "../../core/workload/files/plan-on-file.ts";
import { lastOf } from "../../core/workload/portions.ts";
import { reasonsOf } from "../answer-plan.ts";
import { onlyOne, readArguments } from "../arguments.ts";
import { BadInput, badInput } from "../bad-input.ts";
import { evaluatePlan, factsFor } from "../evaluate-plan.ts";
import { EXIT, plainText, printJson, type Io } from "../io.ts";
import { printSimulation } from "../print-simulation.ts";
import { readPlan } from "../read-plan.ts";
import { readWorkload, type ReadWorkload } from "./tokens.ts";

const MOST_REPLICAS = 64;

export async function simulateCommand(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = readArguments(args, {
    json: { type: "boolean" },
    trace: { type: "string" },
    whole: { type: "boolean" },
    completion: { type: "boolean" },
    seed: { type: "string" },
    requests: { type: "string" },
    target: { type: "string" },
    "max-replicas": { type: "string" },
  });
  const given = await readPlan(onlyOne(positionals, "PLAN"), io);
  if (given.goal !== "serve") throw badInput("goal", "only a serving plan has requests to simulate");
  const ask = {
    seed: whole("--seed", values.seed) ?? 1,
    ...optional("requests", whole("--requests", values.requests)),
  };
  const target = targetOf(values.target);
  const maxReplicas = whole("--max-replicas", values["max-replicas"]) ?? MOST_REPLICAS;
  const file =
    values.trace === undefined
      ? null
      : await readWorkload(values.trace, { prompts: values.completion ? "completion" : "chat" }, io);
  const plan = planOf(given, file, values.trace ?? "");
  const estimate = await evaluatePlan(plan);
  if (!estimate.fits) {
    for (const reason of reasonsOf(estimate)) io.err(plainText(reason));
    return EXIT.infeasible;
  }
  const played = { ...ask, ...partOf(file, values.whole === true) };
  const answer = await answerOf(plan, played, target, maxReplicas, file);
  await io.out(values.json ? printJson(answer) : printSimulation(plan, answer));
  return EXIT.done;
}

async function answerOf(
  plan: Plan,
  ask: SimulationAsk,
  target: LatencyTarget | null,
  maxReplicas: number,
  file: ReadWorkload | null,
): Promise<SimulateAnswer> {
  const facts = await factsFor(plan.cluster.accelerator);
  const simulation = orThrow(lastOf(simulatePlanSteps(plan, facts, ask)));
  if (target === null) return { simulation, replicas: null };
  const day = file === null ? undefined : dayOf(file.summary);
  const sizing = sizeReplicasSteps(plan, facts, {
    ...ask,
    target,
    maxReplicas,
    ...(day === undefined ? {} : { byHour: day }),
  });
  return { simulation, replicas: orThrow(lastOf(sizing)) };
}

/** A file without times gives the plan its lengths; one with times is played as it is. */
function planOf(plan: Plan, file: ReadWorkload | null, name: string): Plan {
  if (file === null || file.trace !== null) return plan;
  const { input, output } = file.summary;
  if (input === null && output === null) throw badInput(name, "holds no request with a time or a length");
  return planOnFile(plan, file.summary, "keep");
}

function partOf(file: ReadWorkload | null, all: boolean): Pick<SimulationAsk, "trace" | "part"> {
  return file?.trace ? { trace: file.trace, part: all ? "whole" : "peak-hour" } : {};
}

const LATENCIES: Readonly<Record<string, LatencyTarget["latency"]>> = {
  ttft: "ttftMs",
  tpot: "tpotMs",
  latency: "endToEndMs",
};

function targetOf(text: string | undefined): LatencyTarget | null {
  if (text === undefined) return null;
  const match = /^(mean|p50|p90|p95|p99):(ttft|tpot|latency):(\d+(?:\.\d+)?)$/.exec(text);
  const latency = LATENCIES[match?.[2] ?? ""];
  const limitMs = Number(match?.[3]);
  if (latency === undefined || !(limitMs > 0)) {
    throw badInput("--target", `expected e.g. p99:ttft:2000, got ${JSON.stringify(text.slice(0, 40))}`);
  }
  return { statistic: match?.[1] as LatencyTarget["statistic"], latency, limitMs };
}

function whole(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw badInput(name, `expected a whole number, got ${JSON.stringify(text.slice(0, 40))}`);
  }
  return value;
}

const optional = <K extends string>(key: K, value: number | undefined): Partial<Record<K, number>> =>
  value === undefined ? {} : ({ [key]: value } as Record<K, number>);

function orThrow<T>(result: Result<T, Problem>): T {
  if (result.ok) return result.value;
  throw new BadInput(result.error, "plan");
}
