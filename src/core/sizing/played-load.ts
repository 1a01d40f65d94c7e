/** Which requests a simulation plays: an hour of the plan's process, or a trace or its busiest hour. */
import { lengthMoments } from "../domain/length-spread.ts";
import type { Plan } from "../domain/plan.ts";
import type { PlayedLoad, SimulationAsk, TraceColumns } from "../domain/plan-simulation.ts";
import type { Problem } from "../domain/problem.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import type { SimulatedWorkload, TraceRequest } from "../domain/simulation.ts";
import { workloadOfPlan } from "../workload/service-of-plan.ts";

const HOUR_MS = 3_600_000;
/** A p99 needs a thousand requests; more than the upper bound take seconds and tell nothing new. */
const FEWEST = 1000;
const MOST = 50_000;

export interface Played {
  readonly workload: SimulatedWorkload;
  readonly requests: number;
  readonly load: PlayedLoad;
  readonly notes: readonly string[];
}

/** What the model says of a load before it is played. */
export interface ExpectedLoad {
  /** What a closed loop is expected to settle at, so that it too runs an hour. */
  readonly requestsPerMs: number;
  readonly maxContextTokens: number;
}

export function playedLoad(plan: Plan, ask: SimulationAsk, expected: ExpectedLoad): Result<Played, Problem> {
  const workload = workloadOfPlan(plan, expected.maxContextTokens);
  return ask.trace === undefined
    ? ofProcess(plan, ask, workload, expected.requestsPerMs)
    : ofTrace(plan, ask, workload, ask.trace);
}

function ofProcess(
  plan: Plan,
  ask: SimulationAsk,
  workload: SimulatedWorkload,
  requestsPerMs: number,
): Result<Played, Problem> {
  const { inputTokens, outputTokens, requestsPerSecond } = plan.workload;
  const hour = Math.round(requestsPerMs * HOUR_MS);
  const requests = ask.requests ?? Math.min(MOST, Math.max(FEWEST, hour));
  const notes =
    requestsPerSecond === undefined && isAlike(plan)
      ? ["equal requests in a closed loop move in waves: a distribution of lengths gives truer waits"]
      : [];
  return ok({
    workload,
    requests,
    notes,
    load: {
      kind: "process",
      requests,
      requestsPerSecond: requestsPerSecond ?? null,
      meanInputTokens: inputTokens,
      meanOutputTokens: outputTokens,
    },
  });
}

const isAlike = ({ workload }: Plan): boolean => {
  const { inputSquare, outputSquare } = lengthMoments(workload);
  return inputSquare === 1 && outputSquare === 1;
};

function ofTrace(
  plan: Plan,
  ask: SimulationAsk,
  drawn: SimulatedWorkload,
  trace: TraceColumns,
): Result<Played, Problem> {
  const [from, to] = ask.part === "whole" ? [0, trace.atMs.length] : busiestHour(trace.atMs);
  const count = Math.min(to - from, ask.requests ?? Number.POSITIVE_INFINITY);
  if (count === 0) return fail({ path: "trace", problem: "no request in it has a time" });
  const requests = requestsOf(trace, from, from + count);
  const spanMs = requests[requests.length - 1]?.atMs ?? 0;
  const notes: string[] = [];
  if (trace.stride > 1) {
    notes.push(`one request in ${trace.stride} is played, ${trace.stride} times as fast`);
  }
  const mean = (key: "inputTokens" | "outputTokens") => {
    const known = requests.flatMap((request) => request[key] ?? []);
    if (known.length === 0) return plan.workload[key];
    return known.reduce((sum, tokens) => sum + tokens, 0) / known.length;
  };
  if (
    requests.some(({ inputTokens, outputTokens }) => inputTokens === undefined || outputTokens === undefined)
  ) {
    notes.push("lengths that the file does not tell are drawn from the plan's");
  }
  return ok({
    workload: { ...drawn, arrivals: { kind: "trace", requests, speed: trace.stride } },
    requests: count,
    notes,
    load: {
      kind: "trace",
      requests: count,
      requestsPerSecond: spanMs > 0 ? (count * trace.stride * 1e3) / spanMs : null,
      meanInputTokens: mean("inputTokens"),
      meanOutputTokens: mean("outputTokens"),
    },
  });
}

/** First and last (exclusive) row of the hour with most arrivals; all rows where the trace is shorter. */
export function busiestHour(atMs: Float64Array): readonly [from: number, to: number] {
  let best: readonly [number, number] = [0, 0];
  let from = 0;
  for (let to = 0; to < atMs.length; to++) {
    while ((atMs[to] as number) - (atMs[from] as number) >= HOUR_MS) from++;
    if (to + 1 - from > best[1] - best[0]) best = [from, to + 1];
  }
  return best;
}

function requestsOf(trace: TraceColumns, from: number, to: number): TraceRequest[] {
  const startMs = trace.atMs[from] ?? 0;
  const requests: TraceRequest[] = [];
  for (let i = from; i < to; i++) {
    const [input, output] = [trace.inputTokens[i] as number, trace.outputTokens[i] as number];
    requests.push({
      atMs: (trace.atMs[i] as number) - startMs,
      ...(Number.isFinite(input) && { inputTokens: Math.max(1, Math.round(input)) }),
      ...(Number.isFinite(output) && { outputTokens: Math.max(1, Math.round(output)) }),
    });
  }
  return requests;
}
