import { describe, expect, test } from "vitest";
import { p90OverMedianOf } from "../core/domain/length-spread.ts";
import { encodeSketch, sketchOf } from "../core/domain/quantile-sketch.ts";
import type { LengthSummary } from "../core/domain/workload-file.ts";
import { arrivalsFinding, jointFinding, lengthsFinding, prefixFinding } from "./findings/workload-finding.ts";
import {
  barsOfBins,
  barsOfSpread,
  lengthAxis,
  normalQuantile,
  placeLengths,
  spreadQuantile,
} from "./length-curve.ts";
import { clockText, placeSeries, timeTicks, topOf } from "./series-path.ts";

const LOGNORMAL = { kind: "lognormal", p90OverMedian: p90OverMedianOf(1) } as const;
const lengths = (over: Partial<LengthSummary>): LengthSummary => ({
  requests: 100,
  tokens: 100_000,
  mean: 1000,
  p50: 700,
  p90: 2100,
  p95: 3000,
  p99: 8000,
  max: 9000,
  sketch: sketchOf([1, 9000]),
  histogram: [],
  ...over,
});

describe("lengths over a log axis", () => {
  test("bars of a distribution hold all requests, and its quantiles are where they should be", () => {
    const bars = barsOfSpread(LOGNORMAL, 1000);
    expect(bars.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
    expect(spreadQuantile(LOGNORMAL, 1000, 0.5)).toBeCloseTo(1000 / Math.SQRT2, 0);
    expect(spreadQuantile(LOGNORMAL, 1000, 0.9) / spreadQuantile(LOGNORMAL, 1000, 0.5)).toBeCloseTo(
      LOGNORMAL.p90OverMedian,
      2,
    );
    expect(spreadQuantile(undefined, 640, 0.99)).toBe(640);
    const sketch = { kind: "sketch", sketch: encodeSketch(sketchOf([100, 200, 300])) } as const;
    expect(spreadQuantile(sketch, 200, 0.5)).toBeCloseTo(200, -1);
    expect(normalQuantile(0.975)).toBeCloseTo(1.96, 2);
  });

  test("places bars in order, inside the box, the highest at full height", () => {
    const bars = barsOfBins([
      { from: 0, to: 1, count: 2 },
      { from: 256, to: 384, count: 60 },
      { from: 4096, to: 6144, count: 38 },
    ]);
    const axis = lengthAxis([bars]);
    const placed = placeLengths(bars, [{ name: "p50", value: 300 }], axis);
    expect(Math.max(...placed.bars.map(({ height }) => height))).toBe(1);
    for (const { x, width } of placed.bars) expect(x + width).toBeLessThanOrEqual(1 + 1e-9);
    expect(placed.ticks.at(-1)?.value).toBeLessThanOrEqual(axis[1]);
    expect(placed.marks[0]?.x).toBeGreaterThan(0);
  });
});

describe("levels over time", () => {
  test("a step a bucket, a round top, round times", () => {
    expect(placeSeries([0, 2], 4).line).toBe("M0,1L0.5,1L0.5,0.5L1,0.5");
    expect(placeSeries([], 4).line).toBe("");
    expect(topOf(7.3)).toEqual({ top: 8, ticks: [0, 2, 4, 6, 8] });
    expect(topOf(0).top).toBe(1);
    expect(timeTicks(36e5)).toEqual([0, 6e5, 12e5, 18e5, 24e5, 3e6, 36e5]);
    expect([0, 32_768, 9e4, 36e5, 54e5, 2 * 864e5].map(clockText)).toEqual([
      "0",
      "33 s",
      "2 min",
      "1 h",
      "1.5 h",
      "2 d",
    ]);
  });
});

describe("findings carry their number", () => {
  test("of lengths", () => {
    expect(lengthsFinding(lengths({}), null)).toBe(
      "Half the prompts stay under 700 tokens; one in a hundred passes 8,000, 8.0× the mean.",
    );
    expect(lengthsFinding(null, lengths({ p50: 5, p99: 5, max: 5 }))).toBe(
      "The answers are all about 5 tokens long.",
    );
  });

  test("of pairs, prefixes and arrivals", () => {
    const sketch = sketchOf([10, 20]);
    const joint = { inputTokens: sketch, outputTokens: [sketch, sketchOf([100, 200])], rankCorrelation: 0.5 };
    expect(jointFinding(joint)).toContain("15 tokens for the shortest eighth, 150 for the longest");
    expect(jointFinding({ ...joint, rankCorrelation: 0.02 })).toContain("hardly follow");
    const byBlock = [
      { blockTokens: 16, hitShare: 0.41 },
      { blockTokens: 256, hitShare: 0.2 },
    ];
    expect(prefixFinding({ byBlock, cacheTokens: 1, reportedHitShare: null })).toContain("with blocks of 16");
    const arrivals = {
      startMs: 0,
      endMs: 1,
      calendar: true,
      requestsPerSecond: 2,
      peakHourRequestsPerSecond: 5,
      byHour: [],
      gapVariation: 2,
      dispersion: null,
      bucketMs: 1,
      buckets: [],
    };
    expect(arrivalsFinding(arrivals)).toContain("2.5× the mean, and they come in bursts");
  });
});
