/** Against queueing theory, where the service is simple enough to have one. */
import { describe, expect, it } from "vitest";
import type { SimulationInput, ValueDistribution } from "../domain/simulation.ts";
import { aggregated, BASE, PLAIN_MODEL, run, stepModelOf } from "./testing/setups.ts";

/** One request at a time: 10 ms of prompt, then 1 ms a further token. */
const SERVER = stepModelOf(
  () => 1,
  () => 10,
);

/** Waits at a high load stay alike for long, so that their mean takes more requests to settle. */
const requestsAt = (load: number): number => (load > 0.7 ? 400_000 : 150_000);

function queue(load: number, serviceMs: number, outputTokens: ValueDistribution): SimulationInput {
  const requestsPerSecond = (load / serviceMs) * 1e3;
  return {
    seed: 7,
    requests: requestsAt(load),
    workload: {
      arrivals: { kind: "poisson", requestsPerSecond },
      lengths: { kind: "independent", inputTokens: { kind: "fixed", value: 100 }, outputTokens },
      prefix: { kind: "none" },
    },
    service: aggregated({ maxRunningRequests: 1 }),
  };
}

describe("a single server", () => {
  it.each([0.3, 0.6, 0.8])("waits as M/D/1 does at a load of %s", (load) => {
    const serviceMs = 10 + 89;
    const result = run(queue(load, serviceMs, { kind: "fixed", value: 90 }), SERVER);
    const expected = (load * serviceMs) / (2 * (1 - load));
    expect(result.waitMs?.mean).toBeGreaterThan(expected * 0.98);
    expect(result.waitMs?.mean).toBeLessThan(expected * 1.02);
    expect(result.endToEndMs?.mean).toBeCloseTo((result.waitMs?.mean ?? 0) + serviceMs, 6);
  });

  it.each([0.3, 0.6, 0.75])("waits as M/G/1 does at a load of %s (Pollaczek and Khinchine)", (load) => {
    // Whole tokens from 21 to 180, uniform: mean 100.5, variance (160^2 - 1) / 12.
    const mean = 10 + 100.5 - 1;
    const second = (160 ** 2 - 1) / 12 + mean ** 2;
    const rate = load / mean;
    const input = queue(load, mean, { kind: "uniform", low: 20.5 + 1e-9, high: 180.5 - 1e-9 });
    const result = run(input, SERVER);
    const expected = (rate * second) / (2 * (1 - load));
    expect((result.waitMs?.mean ?? 0) / expected).toBeGreaterThan(0.97);
    expect((result.waitMs?.mean ?? 0) / expected).toBeLessThan(1.03);
  });
});

describe("Little's law", () => {
  it.each([
    ["open", { kind: "poisson", requestsPerSecond: 2.5 }],
    ["bursts", { kind: "gamma", requestsPerSecond: 2, coefficientOfVariation: 2 }],
    [
      "closed",
      {
        kind: "closed-loop",
        clients: 24,
        thinkMs: { kind: "lognormal", mean: 800, coefficientOfVariation: 1 },
      },
    ],
  ] as const)("holds: %s", (_, arrivals) => {
    const result = run({ ...BASE, requests: 20_000, workload: { ...BASE.workload, arrivals } });
    const implied = (result.requestsPerSecond * (result.endToEndMs?.mean ?? 0)) / 1e3;
    expect(result.inFlight / implied).toBeGreaterThan(0.99);
    expect(result.inFlight / implied).toBeLessThan(1.01);
  });

  it("keeps a closed loop's clients in flight", () => {
    const result = run({ ...BASE, requests: 5000 });
    expect(result.inFlight).toBeCloseTo(16, 6);
    const cycle = (result.requestsPerSecond * (result.endToEndMs?.mean ?? 0)) / 1e3;
    expect(cycle / 16).toBeCloseTo(1, 2);
  });
});

describe("load", () => {
  it("raises the mean time to first token", () => {
    const at = (requestsPerSecond: number) =>
      run({
        ...BASE,
        requests: 4000,
        workload: { ...BASE.workload, arrivals: { kind: "poisson", requestsPerSecond } },
      });
    const means = [0.5, 1, 2, 4, 8].map((rate) => at(rate).ttftMs?.mean ?? Number.NaN);
    expect([...means].sort((a, b) => a - b)).toEqual(means);
  });

  it("that outruns the service is said to be unstable", () => {
    const arrivals = { kind: "poisson", requestsPerSecond: 60 } as const;
    const result = run({ ...BASE, requests: 4000, workload: { ...BASE.workload, arrivals } }, PLAIN_MODEL);
    expect(result.stable).toBe(false);
    expect(run({ ...BASE, requests: 4000 }).stable).toBe(true);
  });
});
