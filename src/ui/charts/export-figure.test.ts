import { expect, test } from "vitest";
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
