import { expect, test } from "vitest";
import { EXAMPLE_PLAN } from "../src/core/domain/parse-plan.ts";
import { loadMeasurements } from "../src/planner-data.ts";
import { measuredLike } from "./advice-measured.ts";

test("the example plan has published measurements beside it, each at the throughput of its own times", async () => {
  const found = measuredLike(EXAMPLE_PLAN, await loadMeasurements());
  expect(found.length).toBeGreaterThanOrEqual(3);
  const four = found.find(({ users }) => users === 4);
  // 259.911 ms to the first token and 10.2923 ms a token, as published.
  expect(four?.tokensPerSecondPerUser).toBeCloseTo(97.16, 1);
  expect(four?.tokensPerSecondPerAccelerator).toBeCloseTo((4 * 1024) / (0.259911 + 10.5290229) / 8, 3);
});

test("another cut, engine or prompt is not beside it", async () => {
  const records = await loadMeasurements();
  const { layout, workload } = EXAMPLE_PLAN;
  expect(measuredLike({ ...EXAMPLE_PLAN, layout: { ...layout, ep: 3 } }, records)).toEqual([]);
  expect(measuredLike({ ...EXAMPLE_PLAN, engine: "lmdeploy" }, records)).toEqual([]);
  expect(measuredLike({ ...EXAMPLE_PLAN, workload: { ...workload, inputTokens: 999 } }, records)).toEqual([]);
});
