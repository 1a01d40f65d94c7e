import { beforeAll, describe, expect, test } from "vitest";
import { catalog, loadMeasurements, loadOpTables } from "../../planner-data.ts";
import type { MeasurementRecord, ValidationReport } from "../domain/measurement.ts";
import type { OpTableSet } from "../domain/op-tables.ts";
import { errorStatistics } from "./statistics.ts";
import { acceleratorsOf, validateRecords } from "./validate.ts";

let records: readonly MeasurementRecord[] = [];
let report: ValidationReport = { rows: [], unpredicted: [], statistics: {} };

beforeAll(async () => {
  records = await loadMeasurements();
  const tables = new Map<string, OpTableSet | null>();
  for (const id of acceleratorsOf(records)) tables.set(id, await loadOpTables(id));
  report = validateRecords(records, (id) => ({
    catalog,
    opTables: id === null ? null : (tables.get(id) ?? null),
  }));
});

const median = (keep: (record: MeasurementRecord) => boolean, metric: string) => {
  const ids = new Set(records.filter(keep).map((r) => r.id));
  const rows = report.rows.filter((row) => row.metric === metric && ids.has(row.id));
  return { ...errorStatistics(rows), rows: rows.length };
};
const inferenceX = (r: MeasurementRecord) => r.source.includes("InferenceX");
const ofClass = (name: string) => (r: MeasurementRecord) => r.class === name && r.quality !== "C";

describe("training records", () => {
  test.each([
    ["tokens a second, fitted", "training", "totalTokensPerSecond", 0.25, 24],
    ["GPU memory of KTransformers", "training", "gpuMemoryBytes", 0.1, 1],
    ["host memory of KTransformers", "training", "hostMemoryBytes", 0.1, 1],
    ["step of layers on an H200, fitted", "slice-lora", "stepSeconds", 0.25, 4],
    ["peak memory of layers on an H200", "slice-lora", "peakBytes", 0.1, 4],
  ] as const)("%s: median error at most %#", (_, name, metric, most, least) => {
    const statistics = report.statistics[name]?.[metric];
    expect(statistics?.count).toBe(least);
    expect(statistics?.medianAbsoluteError).toBeLessThanOrEqual(most);
  });

  test("those that are not predicted lack a fact of their own, not a model of fine-tuning", () => {
    const trained = new Set(records.filter(({ plan }) => plan["goal"] === "finetune").map(({ id }) => id));
    const gaps = report.unpredicted.filter(({ id }) => trained.has(id)).flatMap(({ missing }) => missing);
    expect(trained.size).toBe(46);
    expect(new Set(gaps)).toEqual(
      new Set([
        "adapters on fused experts",
        "forward pass alone",
        "recomputation",
        "reinforcement learning",
        "sequenceLength",
      ]),
    );
  });
});

describe("over all published records", () => {
  test("each is predicted or says which fact is missing", () => {
    const predicted = new Set(report.rows.map((row) => row.id));
    for (const record of records) {
      const gap = report.unpredicted.find((u) => u.id === record.id);
      expect(predicted.has(record.id) !== (gap !== undefined), record.id).toBe(true);
      if (gap !== undefined) expect(gap.missing.length, record.id).toBeGreaterThan(0);
    }
    expect(records.length).toBe(1013);
  });

  test("ranges hold their value", () => {
    for (const row of report.rows) {
      expect(row.low, row.id).toBeLessThanOrEqual(row.predicted);
      expect(row.predicted, row.id).toBeLessThanOrEqual(row.high);
    }
  });

  test.each([
    ["NVIDIA serving, time per output token", inferenceX, "tpotMs", 0.08, 261],
    ["NVIDIA serving, time to first token", inferenceX, "ttftMs", 0.3, 261],
    ["llama.cpp on GPUs, decode", ofClass("llamacpp-gpu"), "decodeTokensPerSecond", 0.1, 11],
    ["experts in host memory, decode", ofClass("hybrid"), "decodeTokensPerSecond", 0.17, 80],
    ["CPU only, decode", ofClass("cpu"), "decodeTokensPerSecond", 0.27, 35],
    ["H200 layers, decode", ofClass("slice-llamacpp"), "decodeTokensPerSecond", 0.1, 55],
  ] as const)("%s: median error at most %#", (_, keep, metric, most, least) => {
    const statistics = median(keep, metric);
    expect(statistics.rows).toBeGreaterThanOrEqual(least);
    expect(statistics.medianAbsoluteError).toBeLessThanOrEqual(most);
  });
});

test("a figure that the source derived is no measurement", () => {
  const derived = records.find((r) => r.id === "dsr1_b200_trtllm_fp4_agg_1024x8192_c16_cfg82");
  expect(report.rows.filter((row) => row.id === derived?.id).map((row) => row.metric)).toEqual([
    "ttftMs",
    "tpotMs",
  ]);
});

test("a record without its essential facts names them", () => {
  const broken = {
    ...(records[0] as MeasurementRecord),
    plan: { version: 1, model: "deepseek-v3", cluster: {} },
  };
  const { unpredicted } = validateRecords([broken], () => ({ catalog, opTables: null }));
  expect(unpredicted[0]?.missing).toEqual(
    expect.arrayContaining(["weights", "engine", "acceleratorsPerNode"]),
  );
});
