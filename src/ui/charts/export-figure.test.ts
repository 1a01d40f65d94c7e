import { expect, test } from "vitest";
import { fillsOf, plainColours } from "./box-fills.ts";
import { csvField } from "./export-figure.ts";

test.each([
  ["1,935", "1935"],
  ["$11.20", "11.20"],
  ["\u22128.4", "-8.4"],
  ["8 × H200, on demand", '"8 × H200, on demand"'],
  ['say "fits"', '"say ""fits"""'],
  ["=1+1", "'=1+1"],
  ["  two\n words ", "two words"],
  ["unknown", "unknown"],
])("a cell %j is written as %s", (cell, field) => {
  expect(csvField(cell)).toBe(field);
});

test("a bar in two tones is two boxes, a flat one is one", () => {
  const image = "linear-gradient(90deg, rgb(1, 2, 3) 63%, color(srgb 1 0.5 0) 63%)";
  expect(fillsOf({ backgroundColor: "rgba(0, 0, 0, 0)", backgroundImage: image })).toEqual([
    { from: 0, to: 0.63, fill: "rgb(1, 2, 3)" },
    { from: 0.63, to: 1, fill: "rgb(255, 128, 0)" },
  ]);
  expect(fillsOf({ backgroundColor: "rgb(9, 9, 9)", backgroundImage: "none" })).toEqual([
    { from: 0, to: 1, fill: "rgb(9, 9, 9)" },
  ]);
  expect(plainColours("color(srgb 0 0 1 / 0.5) 1px")).toBe("rgba(0, 0, 255, 0.5) 1px");
});
