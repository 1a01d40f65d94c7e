import { expect, test } from "vitest";
import { inverse, ranged, spreadOf } from "./intervals.ts";

const entry = (low: number, high: number) => ({ low, high, records: 40, groups: 6, coverage: 0.82 });
const table = {
  classes: { "serving/nvidia/aggregated-tp/tpot": entry(0.8, 1.25), "serving/tpot": entry(0.6, 1.5) },
};

test("takes the class's own factors, unchanged on a calibrated basis", () => {
  const spread = spreadOf(table, "serving/nvidia/aggregated-tp", "tpot", "interpolated");
  expect(spread).toEqual({ low: 0.8, high: 1.25, basis: "calibrated" });
});

test("an extrapolated basis widens, and says so", () => {
  const spread = spreadOf(table, "serving/nvidia/aggregated-tp", "tpot", "extrapolated");
  expect(spread.low).toBeLessThan(0.8);
  expect(spread.high).toBeGreaterThan(1.25);
  expect(spread.basis).toBe("extrapolated");
});

test("falls back to the general class, and without any record to an assumed one", () => {
  expect(spreadOf(table, "serving/other/disaggregated-dp", "tpot", "calibrated").high).toBe(1.5);
  expect(spreadOf(table, "local/unified", "decode", "calibrated").basis).toBe("assumed");
  expect(spreadOf(undefined, "serving/nvidia/aggregated-tp", "tpot", "measured").basis).toBe("assumed");
});

test("a rate's interval is its time's, turned over", () => {
  const time = ranged(20, { low: 0.8, high: 1.25, basis: "calibrated" });
  expect(inverse(50, time)).toEqual({ value: 50, low: 40, high: 62.5, basis: "calibrated" });
});
