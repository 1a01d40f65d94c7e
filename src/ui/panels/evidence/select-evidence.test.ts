import { describe, expect, it } from "vitest";
import type { Evidence, EvidenceClass, EvidenceRecord, EvidenceRow } from "../../../../workers/api.ts";
import {
  classRows,
  evidencePoints,
  largestMisses,
  shownPoints,
  unpredictedRows,
  withinSources,
  type EvidenceFilter,
} from "./select-evidence.ts";

const record = (id: string, name: EvidenceClass, engine = "SGLang"): EvidenceRecord => ({
  id,
  class: name,
  quality: "A",
  date: "2026-01-01",
  source: `source of ${engine}`,
  engine,
  engineVersion: "1",
  run: "8 × H200",
  notes: "",
  suspicions: [],
  assumptions: [],
  missing: [],
});
const row = (id: string, metric: string, measured: number, predicted: number): EvidenceRow => ({
  id,
  metric,
  measured,
  predicted,
  low: predicted * 0.8,
  high: predicted * 1.25,
  basis: "calibrated",
  cause: "",
});

const EVIDENCE: Evidence = {
  records: [
    record("a", "gpu"),
    record("b", "multi-node"),
    record("c", "host", "llama.cpp"),
    record("d", "gpu"),
    record("m", "memory"),
    record("t", "training"),
  ],
  rows: [
    row("a", "tpotMs", 20, 22),
    row("a", "ttftMs", 400, 200),
    row("a", "decodeTokensPerSecond", 50, 50),
    row("b", "tpotMs", 10, 10),
    row("c", "decodeTokensPerSecond", 10, 8),
    row("m", "kvCacheBytes", 2 ** 31, 2 ** 30),
    row("m", "kvCacheTokens", 5, 5),
    row("t", "totalTokensPerSecond", 100, 80),
  ],
  unpredicted: [
    { id: "d", missing: ["accelerator", "nodes"] },
    { id: "t", missing: ["recomputation"] },
  ],
  leftOut: null,
};
const ALL: EvidenceFilter = { quantity: "tpot", hidden: new Set(), engine: null, source: null };
const points = evidencePoints(EVIDENCE);

describe("evidence selection", () => {
  it("turns the speed of one stream into the time of a token, once, and never that of a batch", () => {
    const shown = shownPoints(points, ALL);
    expect(shown.map((point) => point.record.id)).toEqual(["a", "b", "c"]);
    expect(shown[2]).toMatchObject({ measured: 100, predicted: 125, low: 100, high: 156.25 });
    expect(shown[2]?.error).toBeCloseTo(0.25);
  });

  it("shows bytes as GiB", () => {
    const [memory] = shownPoints(points, { ...ALL, quantity: "memory" });
    expect(memory).toMatchObject({ measured: 2, predicted: 1 });
  });

  it("filters by class, engine and source", () => {
    const ids = (filter: Partial<EvidenceFilter>) =>
      shownPoints(points, { ...ALL, ...filter }).map((point) => point.record.id);
    expect(ids({ hidden: new Set<EvidenceClass>(["gpu"]) })).toEqual(["b", "c"]);
    expect(ids({ engine: "llama.cpp" })).toEqual(["c"]);
    expect(ids({ source: "source of SGLang" })).toEqual(["a", "b"]);
    expect(withinSources(points, { engine: "nobody", source: null })).toEqual([]);
  });

  it("has a row for each class and quantity that was measured", () => {
    const rows = classRows(points).map((of) => `${of.class} ${of.quantity.short} ${of.statistics.count}`);
    expect(rows).toEqual([
      "gpu TPOT 1",
      "gpu TTFT 1",
      "multi-node TPOT 1",
      "host TPOT 1",
      "memory memory 1",
      "training training 1",
    ]);
  });

  it("ranks misses by factor, whichever way", () => {
    expect(largestMisses(points, 2).map((point) => point.record.id)).toEqual(["a", "m"]);
  });

  it("counts what is not predicted and the facts that lack", () => {
    const rows = unpredictedRows(EVIDENCE, ALL);
    expect(rows.map((of) => [of.class, of.records])).toEqual([
      ["gpu", 1],
      ["training", 1],
    ]);
    expect(rows[0]?.missing).toEqual([
      ["accelerator", 1],
      ["nodes", 1],
    ]);
    expect(unpredictedRows(EVIDENCE, { engine: "llama.cpp", source: null })).toEqual([]);
  });
});
