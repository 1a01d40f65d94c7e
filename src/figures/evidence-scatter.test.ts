import { describe, expect, it } from "vitest";
import { EVIDENCE_CLASSES, markPath } from "./evidence-classes.ts";
import { bandPath, logTicks, nearestMark, placeLog, scatterDomain } from "./evidence-scatter.ts";

const pair = (measured: number, predicted: number) => ({
  measured,
  predicted,
  low: predicted * 0.8,
  high: predicted * 1.25,
});

describe("scatterDomain", () => {
  it("rounds outwards to 1, 2 and 5", () => {
    expect(scatterDomain([pair(7, 12), pair(430, 610)])).toEqual([5, 1000]);
    expect(scatterDomain([pair(5, 10)])).toEqual([5, 10]);
    expect(scatterDomain([pair(0.03, 0.04)])).toEqual([0.02, 0.05]);
  });
  it("has room around a single value, and an answer without any", () => {
    expect(scatterDomain([pair(5, 5)])).toEqual([2.5, 10]);
    expect(scatterDomain([])).toEqual([1, 10]);
  });
});

describe("logTicks", () => {
  it("steps by 1, 2, 5 while they are few", () => {
    expect(logTicks([5, 1000])).toEqual([5, 10, 20, 50, 100, 200, 500, 1000]);
    expect(logTicks([1, 100000])).toEqual([1, 10, 100, 1000, 10000, 100000]);
  });
});

describe("placeLog and bandPath", () => {
  it("puts equal ratios at equal distances", () => {
    const place = placeLog([1, 100], 200);
    expect([place(1), place(10), place(100)]).toEqual([0, 100, 200]);
  });
  it("draws the band around the diagonal", () => {
    expect(bandPath([], [1, 100], 100, 100)).toBeNull();
    const path = bandPath([pair(10, 10)], [1, 100], 100, 100) ?? "";
    const [first = [], last = []] = [path.slice(1).split("L")[0], path.split("L").at(-1)].map((text) =>
      (text ?? "").replace("Z", "").split(",").map(Number),
    );
    // Measured at the low end: predicted above the diagonal; at the high end: below it.
    expect(first[1]).toBeCloseTo(100 - 50 * Math.log10(1 / 0.8), 0);
    expect(last[1]).toBeCloseTo(100 + 50 * Math.log10(1.25), 0);
  });
});

describe("nearestMark", () => {
  const marks = [
    { x: 0, y: 0 },
    { x: 10, y: 0 },
  ];
  it("finds the nearest within reach", () => {
    expect(nearestMark(marks, { x: 7, y: 0 }, 8)).toBe(1);
    expect(nearestMark(marks, { x: 50, y: 0 }, 8)).toBeNull();
    expect(nearestMark([], { x: 0, y: 0 }, 8)).toBeNull();
  });
});

describe("marks", () => {
  it("differ from class to class", () => {
    const drawn = Object.values(EVIDENCE_CLASSES).map(({ mark, hue }) => `${markPath(mark, 0, 0, 3)} ${hue}`);
    expect(new Set(drawn).size).toBe(drawn.length);
  });
});
