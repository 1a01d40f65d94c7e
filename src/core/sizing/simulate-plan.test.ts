/** A real plan under its own load: the facts come from the catalog, the numbers from theory and the analytic model. */
import { beforeAll, describe, expect, test } from "vitest";
import { catalog, loadOpTables } from "../../planner-data.ts";
import { EXAMPLE_PLAN } from "../domain/parse-plan.ts";
import type { Plan } from "../domain/plan.ts";
import { planWithReplicas, type SimulationAsk, type TraceColumns } from "../domain/plan-simulation.ts";
import type { StepModelFacts } from "../model/serving/step-models.ts";
import { Random } from "../workload/random.ts";
import { lastOf } from "../workload/portions.ts";
import { busiestHour } from "./played-load.ts";
import { simulatePlanSteps, sizeReplicasSteps } from "./simulate-plan.ts";

let facts: StepModelFacts = { catalog, opTables: null };
beforeAll(async () => {
  facts = { catalog, opTables: await loadOpTables("h200-sxm") };
});

const planWith = (workload: Partial<Plan["workload"]>): Plan => {
  const { concurrency: _, ...rest } = EXAMPLE_PLAN.workload;
  return { ...EXAMPLE_PLAN, workload: { ...rest, ...workload } };
};
const SPREAD = {
  input: { kind: "lognormal", p90OverMedian: 3 },
  output: { kind: "lognormal", p90OverMedian: 3 },
  rankCorrelation: 0.3,
} as const;
const BURSTY = planWith({ requestsPerSecond: 1.2, lengths: SPREAD, arrivals: { gapVariation: 2.5 } });
const SHORT: SimulationAsk = { seed: 1, requests: 800 };

function simulated(plan: Plan, ask: SimulationAsk = SHORT) {
  const answer = lastOf(simulatePlanSteps(plan, facts, ask));
  if (!answer.ok) throw new Error(`${answer.error.path}: ${answer.error.problem}`);
  return answer.value;
}

/** A day in which one hour has ten times the requests of the others. */
function dayTrace(stride = 1): TraceColumns {
  const random = Random.fromSeed(4);
  const at: number[] = [];
  for (let hour = 0; hour < 6; hour++) {
    const count = hour === 3 ? 1000 : 100;
    for (let i = 0; i < count; i++) at.push((hour + random.uniform()) * 3_600_000);
  }
  const atMs = Float64Array.from(at).sort();
  const start = atMs[0] as number;
  return {
    atMs: atMs.map((time) => time - start),
    inputTokens: atMs.map(() => 600),
    outputTokens: atMs.map(() => Number.NaN),
    stride,
  };
}

describe("a plan simulated", () => {
  test("equal plans and seeds give equal results, other seeds others", () => {
    const once = simulated(BURSTY);
    expect(simulated(BURSTY)).toEqual(once);
    expect(structuredClone(once)).toEqual(once);
    const other = simulated(BURSTY, { ...SHORT, seed: 2 });
    expect(other.result.ttftMs?.p99).not.toBe(once.result.ttftMs?.p99);
  });

  test("progress rises to the end and changes nothing", () => {
    const steps = simulatePlanSteps(BURSTY, facts, SHORT);
    const shares: number[] = [];
    let step = steps.next();
    for (; !step.done; step = steps.next()) shares.push(step.value.share);
    expect([...shares].sort((a, b) => a - b)).toEqual(shares);
    expect(shares.at(-1)).toBe(1);
    expect(step.value).toEqual({ ok: true, value: simulated(BURSTY) });
  });

  test("bursts and long answers wait longer than the average claims, and it says what that was", () => {
    const { result, average, estimate } = simulated(BURSTY);
    expect(result.stable).toBe(true);
    expect(result.goodput?.share).toBeGreaterThan(0);
    expect(result.ttftMs?.p99).toBeGreaterThan(1.5 * (average?.ttftMs ?? Infinity));
    const steady = simulated(planWith({ requestsPerSecond: 1.2, lengths: SPREAD })).result;
    expect(result.ttftMs?.p99).toBeGreaterThan(steady.ttftMs?.p99 ?? Infinity);
    expect(steady.ttftMs?.p99).toBeGreaterThan(average?.ttftMs ?? Infinity);
    // Long answers meet more of the batch: the estimate with second moments sees longer contexts.
    expect(estimate?.tpotMs).toBeGreaterThan(average?.tpotMs ?? Infinity);
  });

  test("in the mean it agrees with the analytic model where requests come at random", () => {
    const { result, estimate } = simulated(
      planWith({ requestsPerSecond: 1, lengths: { input: SPREAD.input, output: SPREAD.output } }),
      { seed: 1, requests: 2000 },
    );
    const ratio = (result.tpotMs?.mean ?? Number.NaN) / (estimate?.tpotMs ?? Number.NaN);
    expect(ratio).toBeGreaterThan(0.9);
    expect(ratio).toBeLessThan(1.1);
    expect(result.outputTokensPerSecond / (estimate?.outputTokensPerSecond ?? Number.NaN)).toBeCloseTo(1, 1);
  });

  test("of a trace it plays the busiest hour, and draws what the trace does not tell", () => {
    const trace = dayTrace();
    const [from, to] = busiestHour(trace.atMs);
    expect(to - from).toBeGreaterThan(990);
    const { load, notes } = simulated(EXAMPLE_PLAN, { seed: 1, trace, part: "peak-hour" });
    expect(load).toMatchObject({ kind: "trace", requests: to - from, meanInputTokens: 600 });
    expect(load.requestsPerSecond).toBeCloseTo((to - from) / 3600, 2);
    expect(notes.join()).toContain("drawn from the plan");
    const whole = simulated(EXAMPLE_PLAN, { seed: 1, trace, part: "whole" });
    expect(whole.load.requests).toBe(trace.atMs.length);
    const thinned = simulated(EXAMPLE_PLAN, { seed: 1, trace: dayTrace(4), part: "peak-hour" });
    expect(thinned.load.requestsPerSecond).toBeCloseTo(4 * (load.requestsPerSecond ?? 0), 9);
  });

  test("a plan that does not fit says why", () => {
    const small: Plan = { ...EXAMPLE_PLAN, cluster: { ...EXAMPLE_PLAN.cluster, accelerator: "h100-sxm" } };
    const answer = lastOf(simulatePlanSteps(small, facts, SHORT));
    expect(answer.ok).toBe(false);
    expect(!answer.ok && answer.error.problem).toContain("short of");
  });
});

describe("replicas for a target", () => {
  const target = { latency: "ttftMs", statistic: "p99", limitMs: 2000 } as const;
  const busy = planWith({ requestsPerSecond: 6, lengths: SPREAD, arrivals: { gapVariation: 2 } });
  const byHour = [0.1, 1, 3, 6];

  test("hold it at the peak; a day of hours takes fewer", () => {
    const answer = lastOf(
      sizeReplicasSteps(busy, facts, { seed: 1, requests: 400, target, maxReplicas: 8, byHour }),
    );
    if (!answer.ok) throw new Error(answer.error.problem);
    const { replicas, result, scaling, tried } = answer.value;
    expect(replicas).toBeGreaterThan(1);
    expect(result.ttftMs?.p99).toBeLessThanOrEqual(2000);
    expect(tried.find((row) => row.replicas === (replicas ?? 0) - 1)?.holds).toBe(false);
    expect(scaling?.hours.map((hour) => hour.replicas).at(0)).toBe(1);
    expect(scaling?.hours.at(-1)?.replicas).toBeLessThanOrEqual(replicas ?? 0);
    expect(scaling?.scaledHours).toBeLessThan(scaling?.fixedHours ?? 0);
  });

  test("a closed loop has no rate to hold", () => {
    const answer = lastOf(sizeReplicasSteps(EXAMPLE_PLAN, facts, { ...SHORT, target, maxReplicas: 4 }));
    expect(answer).toMatchObject({ ok: false, error: { path: "workload.arrivals" } });
  });

  test("as a plan they take their nodes", () => {
    expect(planWithReplicas(EXAMPLE_PLAN, 3)).toMatchObject({
      layout: { replicas: 3 },
      cluster: { nodes: 3 },
    });
    const half = { ...EXAMPLE_PLAN, layout: { ...EXAMPLE_PLAN.layout, tp: 4 } };
    expect(planWithReplicas(half, 3).cluster.nodes).toBe(2);
  });
});
