import { describe, expect, it } from "vitest";
import { Random } from "./random.ts";

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const draws = (count: number, draw: () => number) => Array.from({ length: count }, draw);

describe("xoshiro128**", () => {
  it("gives the reference code's numbers from the state 1, 2, 3, 4", () => {
    const random = Random.fromState(1, 2, 3, 4);
    expect(draws(10, () => random.uint32())).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  it("gives equal numbers for equal seeds and others for others", () => {
    const of = (seed: number) =>
      draws(
        4,
        (
          (r) => () =>
            r.uint32()
        )(Random.fromSeed(seed)),
      );
    expect(of(42)).toEqual(of(42));
    expect(new Set([0, 1, 2, -1, 0.5, 1e300].map((seed) => of(seed).join())).size).toBe(6);
    expect(of(-0)).toEqual(of(0));
  });

  it("splits by label alone, whatever was drawn before", () => {
    const fresh = Random.fromSeed(9);
    const used = Random.fromSeed(9);
    used.uint32();
    expect(used.split("a").uint32()).toBe(fresh.split("a").uint32());
    expect(fresh.split("a").uint32()).not.toBe(fresh.split("b").uint32());
  });

  it("streams of one seed do not move together", () => {
    const root = Random.fromSeed(3);
    const [a, b] = [root.split("arrivals"), root.split("lengths")];
    const pairs = draws(20_000, () => (a.uniform() - 0.5) * (b.uniform() - 0.5));
    expect(Math.abs(mean(pairs))).toBeLessThan(4 / 12 / Math.sqrt(20_000));
  });
});

describe("draws", () => {
  const random = Random.fromSeed(5);
  const count = 200_000;
  const moments = (draw: () => number) => {
    const values = draws(count, draw);
    const middle = mean(values);
    return [middle, mean(values.map((v) => (v - middle) ** 2))] as const;
  };

  it.each([
    ["uniform", () => random.uniform(), 1 / 2, 1 / 12],
    ["exponential", () => random.exponential(), 1, 1],
    ["normal", () => random.normal(), 0, 1],
    ["gamma 0.25", () => random.gamma(0.25), 0.25, 0.25],
    ["gamma 4", () => random.gamma(4), 4, 4],
  ])("have their mean and variance: %s", (_, draw, expectedMean, expectedVariance) => {
    const [middle, variance] = moments(draw);
    expect(Math.abs(middle - expectedMean)).toBeLessThan(5 * Math.sqrt(expectedVariance / count));
    expect(Math.abs(variance / expectedVariance - 1)).toBeLessThan(0.04);
  });

  it("stay inside their bounds", () => {
    for (let i = 0; i < 1e5; i++) {
      const u = random.uniform();
      expect(u >= 0 && u < 1).toBe(true);
    }
    expect(random.positive()).toBeGreaterThan(0);
  });
});
