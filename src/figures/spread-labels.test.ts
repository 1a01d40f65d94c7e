import { describe, expect, it } from "vitest";
import { spreadLabels } from "./spread-labels.ts";

describe("spreadLabels", () => {
  it("leaves labels that do not touch where they are", () => {
    expect(spreadLabels([10, 60, 200], 16, 6, 246)).toEqual([10, 60, 200]);
  });

  it("gives every pair its gap, inside the bounds, in the same order", () => {
    const placed = spreadLabels([2, 3, 4, 240, 241], 16, 6, 246);
    for (let i = 1; i < placed.length; i++) expect(placed[i]! - placed[i - 1]!).toBeGreaterThanOrEqual(16);
    expect(placed[0]).toBe(6);
    expect(placed.at(-1)).toBe(246);
  });

  it("keeps the gap where there is no room", () => {
    expect(spreadLabels([0, 0, 0], 16, 0, 20)).toEqual([0, 16, 32]);
  });
});
