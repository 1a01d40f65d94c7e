import { expect, it } from "vitest";
import { placeStages } from "./stage-bars.ts";

const stage = (startHours: number, value: number, high = value) => ({
  startHours,
  hours: { value, low: value, high, basis: "assumed" as const },
});

it("places each stage where the one before ends, and cuts an interval that leaves the axis", () => {
  const { bars, unit, ticks } = placeStages([stage(0, 10), stage(10, 10, 100)], 20);
  expect(unit).toBe("h");
  expect(bars.map(({ start }) => start)).toEqual([0, 10 / 28]);
  expect(bars.map(({ high }) => high)).toEqual([10 / 28, 1]);
  expect(ticks.map(({ value }) => value)).toEqual([0, 5, 10, 15, 20, 25]);
});

it("counts short runs in minutes", () => {
  expect(placeStages([stage(0, 1)], 1)).toMatchObject({ unit: "min", unitHours: 1 / 60 });
  expect(placeStages([stage(0, 200)], 200).unit).toBe("h");
});
