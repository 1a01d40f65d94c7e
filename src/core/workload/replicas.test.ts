import { describe, expect, it } from "vitest";
import type { SimulationInput } from "../domain/simulation.ts";
import type { LatencyTarget } from "../domain/plan-simulation.ts";
import { lastOf } from "./portions.ts";
import { replicaSteps } from "./replicas.ts";
import { aggregated, BASE, disaggregated, PLAIN_MODEL } from "./testing/setups.ts";

const MODELS = { prefill: PLAIN_MODEL, decode: PLAIN_MODEL };
const TARGET: LatencyTarget = { latency: "ttftMs", statistic: "p99", limitMs: 300 };

const at = (requestsPerSecond: number, service = aggregated()): SimulationInput => ({
  ...BASE,
  requests: 1500,
  workload: { ...BASE.workload, arrivals: { kind: "poisson", requestsPerSecond } },
  service,
});

function answer(input: SimulationInput, target = TARGET, most = 64) {
  const found = lastOf(replicaSteps(input, MODELS, target, most));
  if (!found.ok) throw new Error(`${found.error.path}: ${found.error.problem}`);
  return found.value;
}

describe("replicas for a target", () => {
  it("finds the least number that holds, and the one below does not", () => {
    const { replicas, tried, result } = answer(at(60));
    const row = (n: number) => tried.find((r) => r.replicas === n);
    expect(replicas).toBeGreaterThan(1);
    expect(row(replicas ?? 0)?.holds).toBe(true);
    expect(row((replicas ?? 0) - 1)?.holds).toBe(false);
    expect(result.ttftMs?.p99).toBeLessThanOrEqual(300);
  });

  it("needs no fewer for more requests or a tighter limit", () => {
    const needed = [5, 20, 60, 120].map((rate) => answer(at(rate)).replicas ?? Number.NaN);
    expect([...needed].sort((a, b) => a - b)).toEqual(needed);
    expect(needed[3]).toBeGreaterThan(needed[0] ?? 0);
    const tight = answer(at(60), { ...TARGET, limitMs: 120 }).replicas ?? 0;
    expect(tight).toBeGreaterThanOrEqual(needed[2] ?? Number.NaN);
  });

  it("plays every number once, whatever the most is", () => {
    const input = at(120);
    const least = answer(input).replicas ?? Number.NaN;
    expect(least).toBeGreaterThan(2);
    for (let most = least; most < 2 * least; most++) {
      const played: number[] = [];
      const steps = replicaSteps(input, MODELS, TARGET, most);
      let step = steps.next();
      for (let before = 0; !step.done; step = steps.next()) {
        const { replicas, share } = step.value;
        // a number that is played again begins again
        if (replicas !== played.at(-1) || share < before) played.push(replicas);
        before = share;
      }
      expect(step.value).toMatchObject({ ok: true, value: { replicas: least } });
      expect(played).toHaveLength(new Set(played).size);
    }
  });

  it("says so when no number holds it", () => {
    expect(answer(at(5), { ...TARGET, limitMs: 1 }, 4).replicas).toBeNull();
  });

  it("grows a disaggregated service by whole pools", () => {
    const pools = disaggregated({}, { prefillInstances: 1, decodeInstances: 2 });
    expect(answer(at(60, pools)).replicas).toBeGreaterThan(1);
  });

  it.each<[string, SimulationInput, LatencyTarget, number]>([
    ["workload.arrivals", BASE, TARGET, 4],
    ["target.limitMs", at(5), { ...TARGET, limitMs: Number.NaN }, 4],
    ["maxReplicas", at(5), TARGET, 0],
    ["requests", { ...at(5), requests: -1 }, TARGET, 4],
  ])("refuses %s", (path, input, target, most) => {
    const found = lastOf(replicaSteps(input, MODELS, target, most));
    expect(found.ok ? "accepted" : found.error.path).toBe(path);
  });
});
