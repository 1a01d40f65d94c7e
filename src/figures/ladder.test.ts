import { describe, expect, it } from "vitest";
import { GIB } from "../core/units/quantity.ts";
import { fitTint } from "./fit-tint.ts";
import { rankOf } from "./fixture.ts";
import { placeLadder } from "./ladder.ts";
import { neededBytes } from "./memory-parts.ts";

describe("placeLadder", () => {
  const rank = rankOf("GPU 0", { capacity: 96, spare: -4 });
  const { steps, usable, limit } = placeLadder(rank, "+ cache for 64 users");

  it("adds each constraint to the one above it", () => {
    expect(steps.map(({ needed }) => needed / GIB)).toEqual([80, 90, 100]);
    expect(steps.at(-1)!.needed).toBe(neededBytes(rank));
    expect(steps.map(({ spare }) => spare < 0)).toEqual([false, false, true]);
  });

  it("draws parts end to end, and the limit where the engine stops", () => {
    const parts = steps.at(-1)!.parts;
    for (let i = 1; i < parts.length; i++)
      expect(parts[i]!.from).toBeCloseTo(parts[i - 1]!.from + parts[i - 1]!.width, 12);
    expect(usable).toBe(96 * GIB);
    expect(limit).toBeGreaterThan(parts.at(-1)!.from);
    expect(limit).toBeLessThan(parts.at(-1)!.from + parts.at(-1)!.width);
  });
});

describe("fitTint", () => {
  it("stays between 9 and 52 %", () => {
    expect(fitTint(0, 100)).toBe(9);
    expect(fitTint(100, 100)).toBe(52);
    expect(fitTint(-5, 100)).toBe(9);
    expect(fitTint(5, 0)).toBe(9);
  });
});
