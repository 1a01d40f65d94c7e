import { describe, expect, it } from "vitest";
import * as grid from "./op-latency-grid.mjs";

const { chooseKnots, fillHoles, leaveOneOut, lowered, raised, take } = grid;

describe("repair", () => {
  it("fills holes between and beyond, with a bound on the slope", () => {
    expect(fillHoles([0, 1, 2, 3], [0, NaN, 2, NaN])).toEqual([0, 1, 2, 3]);
    expect(fillHoles([0, 1, 2], [0, 5, NaN])).toEqual([0, 5, 6.2]);
    expect(fillHoles([0, 1, 2], [NaN, 1, NaN])).toBeNull();
  });

  it("lowers a value above later ones and skips holes", () => {
    expect(lowered([5, 2, NaN, 3])).toEqual([2, 2, NaN, 3]);
    expect(raised([1, 3, 2, 4])).toEqual([1, 3, 3, 4]);
  });
});

describe("knots", () => {
  const knots = [1, 2, 4, 8, 16];
  const bent = [0, 0, 0, Math.log(2), Math.log(4)];

  it("keeps ends and bends, and drops what a line tells", () => {
    expect(chooseKnots(bent, [5], 0, knots, { tolerance: 1e-6, most: 5 })).toEqual([0, 2, 4]);
  });

  it("states what is lost when a knot is left out", () => {
    const { median, p95 } = leaveOneOut(bent, [5], [{ knots, kept: [0, 2, 4] }]);
    expect(median).toBeLessThan(1e-9);
    expect(p95).toBeCloseTo(1, 6);
  });

  it("takes the kept positions of one axis of a grid", () => {
    expect(take([1, 2, 3, 4, 5, 6], [2, 3], 1, [0, 2])).toEqual({ values: [1, 3, 4, 6], shape: [2, 2] });
    expect(take([1, 2, 3, 4, 5, 6], [2, 3], 0, [1])).toEqual({ values: [4, 5, 6], shape: [1, 3] });
  });
});
