import { describe, expect, it } from "vitest";
import type { MeasurementRecord } from "../domain/measurement.ts";
import { factWords, likelyCause } from "./likely-cause.ts";

const RECORD: MeasurementRecord = {
  id: "r",
  class: "serving",
  quality: "A",
  date: "2026-01-01",
  source: "s",
  engineVersion: "1",
  plan: {},
  runtime: {},
  measured: {},
  phase: "serving",
  missing: [],
  notes: "",
};
const TPOT = { metric: "tpotMs", basis: "calibrated" };

describe("likelyCause", () => {
  it("puts a suspicion first, but only one that concerns the metric", () => {
    const record: MeasurementRecord = { ...RECORD, missing: ["kvCache"] };
    expect(likelyCause(record, TPOT, ["totals-disagree"], [])).toBe("its totals do not add up");
    expect(likelyCause(record, TPOT, ["ttft-falls"], [])).toBe("the record omits the cache's type");
    expect(likelyCause(record, { ...TPOT, metric: "ttftMs" }, ["ttft-falls"], [])).toMatch(/first token/);
  });

  it("names what is missing, shortened", () => {
    const missing = ["kvCache", "threads", "ep"];
    expect(likelyCause({ ...RECORD, missing }, TPOT, [], [])).toBe(
      "the record omits the cache's type, the threads and 1 more",
    );
  });

  it("knows early builds and goals that are not modelled", () => {
    expect(likelyCause(RECORD, TPOT, [], [], true)).toMatch(/early 2025/);
    expect(factWords("goal finetune is not modelled yet")).toBe("a model of fine-tuning");
    expect(factWords("somethingElse")).toBe("somethingElse");
  });

  it("knows what delays first tokens, and that it delays nothing else", () => {
    const plan = { engine: "sglang", cluster: { accelerator: "b200-sxm" } };
    const early = { ...RECORD, plan, date: "2025-11-10", missing: ["kvCache"] };
    const first = { ...TPOT, metric: "ttftMs" };
    expect(likelyCause(early, first, [], [])).toMatch(/compiled/);
    expect(likelyCause(early, TPOT, [], [])).toMatch(/cache's type/);
    expect(likelyCause({ ...early, date: "2026-02-01" }, first, [], [])).toMatch(/cache's type/);
    const pools = { ...RECORD, plan: { layout: { disaggregated: { prefillReplicas: 1 } } } };
    expect(likelyCause(pools, first, [], [])).toMatch(/decode instance takes/);
    expect(likelyCause({ ...pools, runtime: { maxRunningRequests: 32 } }, first, [], [])).toMatch(/^unknown/);
  });

  it("goes on to basis, assumptions and notes, and says when it knows nothing", () => {
    expect(likelyCause({ ...RECORD, quality: "C" }, TPOT, [], [])).toMatch(/source/);
    expect(likelyCause(RECORD, { ...TPOT, basis: "extrapolated" }, [], ["x"])).toMatch(/calibrated on/);
    expect(likelyCause(RECORD, TPOT, [], ["lengths 0.9"])).toBe("assumed: lengths 0.9");
    expect(likelyCause({ ...RECORD, notes: "half the channels" }, TPOT, [], [])).toContain(
      "half the channels",
    );
    expect(likelyCause(RECORD, TPOT, [], [])).toMatch(/^unknown/);
  });
});
