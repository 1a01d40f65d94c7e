import { expect, test } from "vitest";
import { risingRoot } from "./root.ts";

test("finds where a rising function crosses zero", () => {
  expect(risingRoot((x) => x * x - 2, 0, 4)).toBeCloseTo(Math.SQRT2, 6);
  expect(risingRoot((x) => Math.log(x), 1e-6, 1000)).toBeCloseTo(1, 5);
});

test("stays at the end that a function without a crossing is nearer to", () => {
  expect(risingRoot((x) => x + 1, 0, 4)).toBe(0);
  expect(risingRoot((x) => x - 9, 0, 4)).toBe(4);
});
