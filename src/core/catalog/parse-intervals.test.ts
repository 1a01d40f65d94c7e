import { expect, test } from "vitest";
import { parseIntervals } from "./parse-intervals.ts";

const entry = { low: 0.8, high: 1.3, records: 40, groups: 5, coverage: 0.82 };

test("a table is read as it stands", () => {
  const parsed = parseIntervals({ classes: { "serving/tpot": entry } });
  expect(parsed).toEqual({ ok: true, value: { classes: { "serving/tpot": entry } } });
});

test("factors on the wrong side of one are refused with their path", () => {
  const parsed = parseIntervals({ classes: { "serving/tpot": { ...entry, low: 1.2 } } });
  expect(parsed.ok).toBe(false);
  if (!parsed.ok) expect(parsed.error.path).toContain("low");
});
