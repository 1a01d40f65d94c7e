import { describe, expect, it } from "vitest";
import { CLOUD_STEP, type FoundRow } from "../core/domain/search-view.ts";
import { EXAMPLE_PLAN } from "../core/domain/parse-plan.ts";
import { placeFall } from "./search-fall.ts";
import { fallFinding, frontFinding } from "./search-findings.ts";
import { brushBetween, cloudPaths, placeScatter, stepPath } from "./search-scatter.ts";

const steps = (value: number) => Math.round(Math.log10(value) / CLOUD_STEP);
/** $1 at 10 tok/s on one, $10 at 100 tok/s on 16, $1000 at 100 tok/s. */
const cloud = Int16Array.from([0, steps(10), 0, steps(10), steps(100), 2, steps(1000), steps(100), 2]);

describe("scatter of a search", () => {
  const scatter = placeScatter(cloud, 600, 300, 10);

  it("places both axes by logarithm, with round ends", () => {
    expect(scatter.y(10)).toBeCloseTo(300);
    expect(scatter.y(100)).toBeCloseTo(0);
    expect(scatter.y(10 ** 1.5)).toBeCloseTo(150);
    expect(scatter.xTicks.map(({ value }) => value)).toEqual([1, 2, 5, 10, 20, 50, 100]);
  });

  it("counts what lies beyond a hundred times the cheapest", () => {
    expect(scatter.beyond).toBe(1);
  });

  it("draws dots of one class as one path, split by the brush", () => {
    const paths = cloudPaths(cloud, scatter, { usd: [0.5, 2], speed: [5, 20] });
    expect(paths[0]!.selected).toMatch(/^M0\.0 30\d\.\dh0$|^M0\.0 29\d\.\dh0$/);
    expect(paths[0]!.rest).toBe("");
    expect(paths[2]!.rest.match(/M/g)).toHaveLength(1);
  });

  it("steps from each point of the front to the next faster one", () => {
    const points = [
      { usd: 1, speed: 10, accelerators: 8 },
      { usd: 10, speed: 100, accelerators: 8 },
    ];
    expect(stepPath(points, scatter)).toBe("M0.0 300.0H300.0V0.0");
  });

  it("brushes whichever corner comes first", () => {
    const brush = brushBetween([300, 0], [0, 300], scatter);
    expect(brush.usd).toEqual([1, 10]);
    expect(brush.speed).toEqual([10, 100]);
  });
});

describe("why the rest fell", () => {
  const rejectedBy = [
    { cause: "memory-weights", count: 50 },
    { cause: "tpot", count: 30 },
  ] as const;

  it("hangs each bar from the one before, down to what is left", () => {
    const bars = placeFall(rejectedBy, 20);
    expect(bars.map(({ from, width }) => [from, width])).toEqual([
      [0.5, 0.5],
      [0.2, 0.3],
      [0, 0.2],
    ]);
    expect(bars.reduce((sum, { count }) => sum + count, 0)).toBe(100);
  });

  it("says what fells most", () => {
    expect(
      fallFinding(rejectedBy, 100, ({ cause }) => (cause === "tpot" ? "Slow" : "Weights do not fit")),
    ).toBe("Half of all layouts fall to one cause: weights do not fit. The next 30 %: slow.");
  });
});

describe("finding of the front", () => {
  const found = (
    usd: number,
    speed: number,
    basis: FoundRow["numbers"]["basis"] = "calibrated",
  ): FoundRow => ({
    row: 0,
    plan: EXAMPLE_PLAN,
    numbers: {
      candidate: 0,
      engine: "sglang",
      weights: "fp8",
      accelerator: "h200-sxm",
      accelerators: 8,
      users: 64,
      usdPerMillionOutputTokens: usd,
      usdPerHour: 1,
      tokensPerSecondPerUser: speed,
      outputTokensPerSecond: 1,
      ttftMs: 1,
      basis,
    },
  });

  it("names both ends and what the difference buys", () => {
    expect(frontFinding([found(1, 20), found(4, 90)], () => "8 × H200", false)).toBe(
      "8 × H200 is cheapest, $1.00 a million tokens at 20.0 tok/s; 4 times as much buys 90.0 tok/s on 8 × H200.",
    );
  });

  it("names the cheapest that measurements back where the cheapest is none", () => {
    const line = [found(1, 20, "assumed"), found(2, 30), found(4, 90, "extrapolated")];
    expect(frontFinding(line, ({ numbers }) => `the ${numbers.basis}`, false)).toBe(
      "the assumed is cheapest, $1.00 a million tokens at 20.0 tok/s (assumed); of those that measurements back, " +
        "the calibrated, $2.00 a million tokens at 30.0 tok/s; 4 times as much buys 90.0 tok/s on the extrapolated.",
    );
  });

  it("has no finding of nothing", () => {
    expect(frontFinding([], () => "", true)).toMatch(/so far/);
  });
});
