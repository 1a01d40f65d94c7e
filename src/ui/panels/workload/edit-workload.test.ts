import { describe, expect, test } from "vitest";
import { EXAMPLE_PLAN } from "../../../core/domain/parse-plan.ts";
import type { Plan } from "../../../core/domain/plan.ts";
import { encodeSketch, sketchOf } from "../../../core/domain/quantile-sketch.ts";
import {
  arrivalKind,
  figuresOf,
  spreadKind,
  withArrivals,
  withCorrelation,
  withKind,
  withQuantiles,
} from "./edit-workload.ts";

const lognormal = withKind(EXAMPLE_PLAN, "input", "lognormal");

describe("the form of a plan's distribution", () => {
  test("makes a lognormal with the plan's mean, and takes it back", () => {
    expect(lognormal.workload).toMatchObject({
      inputTokens: 1024,
      lengths: { input: { kind: "lognormal", p90OverMedian: 3 } },
    });
    const { median, p90 } = figuresOf(lognormal, "input");
    expect(p90 / median).toBeCloseTo(3, 2);
    expect(withKind(lognormal, "input", "alike").workload).toEqual(EXAMPLE_PLAN.workload);
  });

  test("median and p90 give the mean", () => {
    const plan = withQuantiles(EXAMPLE_PLAN, "output", 300, 1200);
    expect(plan && spreadKind(plan, "output")).toBe("lognormal");
    const { mean, median, p90 } = figuresOf(plan as Plan, "output");
    expect(median).toBeCloseTo(300, -1);
    expect(p90 / median).toBeCloseTo(4, 2);
    expect(mean).toBeGreaterThan(500);
    expect(withQuantiles(EXAMPLE_PLAN, "output", 300, 300)).toBeUndefined();
    expect(withQuantiles(EXAMPLE_PLAN, "output", 1, 1000)).toBeUndefined();
  });

  test("a sketch becomes the lognormal of its variance; correlation goes with the second side", () => {
    const sketch = encodeSketch(sketchOf(Array.from({ length: 1000 }, (_, i) => i)));
    const both: Plan = {
      ...EXAMPLE_PLAN,
      workload: {
        ...EXAMPLE_PLAN.workload,
        lengths: { input: { kind: "sketch", sketch }, output: { kind: "sketch", sketch } },
      },
    };
    const correlated = withCorrelation(both, 0.4);
    expect(correlated.workload.lengths?.rankCorrelation).toBe(0.4);
    const one = withKind(correlated, "input", "lognormal");
    expect(one.workload.lengths?.input).toMatchObject({ kind: "lognormal" });
    expect(one.workload.lengths?.rankCorrelation).toBe(0.4);
    expect(withKind(one, "input", "alike").workload.lengths).toEqual({ output: { kind: "sketch", sketch } });
  });

  test("arrivals change kind and keep the load", () => {
    const open = withArrivals(EXAMPLE_PLAN, "gamma", 2.0456);
    expect(arrivalKind(open)).toBe("gamma");
    expect(open.workload).toMatchObject({ requestsPerSecond: 2.05, arrivals: { gapVariation: 2 } });
    expect(open.workload.concurrency).toBeUndefined();
    const poisson = withArrivals(open, "poisson", 9);
    expect(poisson.workload).toMatchObject({ requestsPerSecond: 2.05 });
    expect(arrivalKind(poisson)).toBe("poisson");
    expect(arrivalKind(withArrivals(poisson, "users", 9))).toBe("users");
  });
});
