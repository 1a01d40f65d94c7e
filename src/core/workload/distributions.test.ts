import { describe, expect, it } from "vitest";
import type { ValueDistribution } from "../domain/simulation.ts";
import { gapSampler } from "./arrivals.ts";
import { checkDistribution, lengthSampler, meanOf, samplerOf } from "./distributions.ts";
import { sketchOf } from "../domain/quantile-sketch.ts";
import { Random } from "./random.ts";
import { createRequestSource, keptShare } from "./requests.ts";

const mean = (count: number, draw: () => number) => {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += draw();
  return sum / count;
};

const SKETCH = sketchOf(Array.from({ length: 500 }, (_, i) => 10 + i * i * 0.01));

describe("a distribution", () => {
  it.each<ValueDistribution>([
    { kind: "fixed", value: 700 },
    { kind: "uniform", low: 10, high: 900 },
    { kind: "lognormal", mean: 800, coefficientOfVariation: 1.2 },
    { kind: "gamma", mean: 800, coefficientOfVariation: 0.7 },
    { kind: "gamma", mean: 800, coefficientOfVariation: 2.5 },
    { kind: "sketch", sketch: SKETCH },
  ])("draws its mean: $kind", (distribution) => {
    const random = Random.fromSeed(11);
    const draw = samplerOf(distribution);
    const measured = mean(300_000, () => draw(random));
    expect(measured / meanOf(distribution)).toBeGreaterThan(0.98);
    expect(measured / meanOf(distribution)).toBeLessThan(1.02);
    expect(checkDistribution(distribution, "d")).toBeNull();
  });

  it("cuts at its maximum", () => {
    const random = Random.fromSeed(2);
    const draw = samplerOf({ kind: "lognormal", mean: 100, coefficientOfVariation: 3, max: 250 });
    for (let i = 0; i < 1e4; i++) expect(draw(random)).toBeLessThanOrEqual(250);
  });

  it.each<[ValueDistribution, string]>([
    [{ kind: "fixed", value: Number.NaN }, "d.value"],
    [{ kind: "fixed", value: 0 }, "d.value"],
    [{ kind: "uniform", low: -1, high: 5 }, "d.low"],
    [{ kind: "uniform", low: 9, high: 5 }, "d.high"],
    [{ kind: "lognormal", mean: 5, coefficientOfVariation: 0 }, "d.coefficientOfVariation"],
    [{ kind: "gamma", mean: Number.POSITIVE_INFINITY, coefficientOfVariation: 1 }, "d.mean"],
    [{ kind: "gamma", mean: 5, coefficientOfVariation: 1, max: -3 }, "d.max"],
    [{ kind: "sketch", sketch: { version: 1, values: [1, 2] } }, "d.sketch.values"],
    [{ kind: "sketch", sketch: { version: 2, values: [] } as never }, "d.sketch.version"],
    [{ kind: "zipf" } as never, "d.kind"],
  ])("is refused: %j", (distribution, path) => {
    expect(checkDistribution(distribution, "d")?.path).toBe(path);
  });
});

describe("joint lengths", () => {
  it("gives long inputs the outputs of their slice", () => {
    const short = sketchOf([10, 10]);
    const long = sketchOf([900, 900]);
    const draw = lengthSampler({ kind: "joint", inputTokens: SKETCH, outputTokens: [short, long] });
    const random = Random.fromSeed(4);
    const into = { inputTokens: 0, outputTokens: 0 };
    const median = 10 + 249.5 ** 2 * 0.01;
    for (let i = 0; i < 2000; i++) {
      draw(random, into);
      if (Math.abs(into.inputTokens - median) < 12) continue;
      expect(into.outputTokens).toBe(into.inputTokens < median ? 10 : 900);
    }
  });
});

describe("arrivals", () => {
  it.each([0.5, 1, 3])("of a gamma process vary as asked: %s", (coefficientOfVariation) => {
    const random = Random.fromSeed(8);
    const gap = gapSampler({ kind: "gamma", requestsPerSecond: 4, coefficientOfVariation });
    const gaps = Array.from({ length: 200_000 }, () => gap(random));
    const middle = gaps.reduce((a, b) => a + b, 0) / gaps.length;
    const variance = gaps.reduce((sum, g) => sum + (g - middle) ** 2, 0) / gaps.length;
    expect(middle / 250).toBeGreaterThan(0.97);
    expect(middle / 250).toBeLessThan(1.03);
    expect(Math.abs(Math.sqrt(variance) / middle / coefficientOfVariation - 1)).toBeLessThan(0.05);
  });

  it("keep their pattern when the rate changes", () => {
    const at = (requestsPerSecond: number) => {
      const random = Random.fromSeed(8);
      const gap = gapSampler({ kind: "poisson", requestsPerSecond });
      return Array.from({ length: 10 }, () => gap(random));
    };
    at(2).forEach((gap, i) => expect(gap / (at(5)[i] as number)).toBeCloseTo(2.5, 9));
  });
});

describe("drafts", () => {
  const source = (draftTokens: number, tokensPerStep: number) =>
    createRequestSource(
      {
        arrivals: { kind: "poisson", requestsPerSecond: 1 },
        lengths: {
          kind: "independent",
          inputTokens: { kind: "fixed", value: 10 },
          outputTokens: { kind: "fixed", value: 1001 },
        },
        prefix: { kind: "none" },
      },
      { draftTokens, tokensPerStep },
      Random.fromSeed(1),
    );

  it.each([
    [0, 1],
    [1, 1.7],
    [3, 2.734],
    [3, 4],
  ])("with %i drafts and %f tokens a step take that many steps", (drafts, tokens) => {
    const made = source(drafts, tokens);
    const steps = mean(500, () => made.make(0).steps);
    expect(steps / (1000 / tokens)).toBeGreaterThan(0.99);
    expect(steps / (1000 / tokens)).toBeLessThan(1.01);
  });

  it("are kept with the chance that gives the mean: 1 + p + p^2 + p^3 = 2.734375 at 0.75", () => {
    expect(keptShare(3, 2.734375)).toBeCloseTo(0.75, 9);
  });
});
