import { beforeAll, expect, test } from "vitest";
import { catalog, loadMeasurements, loadUnseenMeasurements } from "../../planner-data.ts";
import type { MeasurementRecord, ValidationRow } from "../domain/measurement.ts";
import { unseenReport } from "./calibration/unseen-report.ts";
import { errorStatistics } from "./statistics.ts";
import { validateRecords } from "./validate.ts";

let records: readonly MeasurementRecord[] = [];
let rows: readonly ValidationRow[] = [];

beforeAll(async () => {
  records = await loadUnseenMeasurements();
  rows = validateRecords(records, () => ({ catalog, opTables: null })).rows;
});

const errors = (metric: string, whole: boolean) => {
  const kept = records.filter((r) => (r.class === "llamacpp-gpu") === whole).map(({ id }) => id);
  return errorStatistics(rows.filter((row) => row.metric === metric && kept.includes(row.id)));
};

test("every record is predicted, and none is among those that a fit takes", async () => {
  expect(rows).toHaveLength(records.length);
  const taken = new Set((await loadMeasurements()).map(({ id }) => id));
  expect(records.filter(({ id }) => taken.has(id))).toEqual([]);
});

test("the report leaves out the layers that a rate was learned from", () => {
  const learned = records.filter((r) => r.class.startsWith("slice") && r.plan["weights"] === "gguf:Q2_K");
  const slices = records.filter((r) => r.class.startsWith("slice"));
  const counted = unseenReport(records, rows)
    .split("\n")
    .filter((line) => line.includes("layers at full size"))
    .reduce((sum, line) => sum + Number(line.split("|")[3]), 0);
  expect(learned.length).toBeGreaterThan(0);
  expect(counted).toBe(slices.length - learned.length);
});

// the bars of unseen machines: 10 % for decode of llama.cpp on GPUs, 30 % for its prefill
test.each([
  ["layers of one H100, decode", "decodeTokensPerSecond", false, 0.1],
  ["layers of one H100, prefill", "prefillTokensPerSecond", false, 0.3],
  ["the whole model on four H100, decode", "decodeTokensPerSecond", true, 0.1],
  ["the whole model on four H100, prefill", "prefillTokensPerSecond", true, 0.3],
] as const)("%s: median error inside its bar", (_, metric, whole, most) => {
  expect(errors(metric, whole).medianAbsoluteError).toBeLessThanOrEqual(most);
});
