import { describe, expect, it } from "vitest";
import { catalog, loadClaims, loadMeasurements, loadQuality, loadSuspects } from "../../planner-data.ts";
import { formatProblem } from "../domain/problem.ts";
import { parseClaims, parseQuality } from "./parse-published.ts";
import { parseMeasurementTable, parseRecords } from "./parse-records.ts";

const RECORD = {
  id: "X-01",
  class: "serving",
  quality: "A",
  date: "2026-04",
  source: "somewhere",
  engineVersion: "0.5.18",
  plan: { version: 1, model: "deepseek-r1", cluster: { nodes: 1 }, layout: {}, workload: {} },
  runtime: { lengthSpread: [0.8, 1] },
  measured: { tpotMs: { mean: 20 }, outputTokensPerSecond: 1000 },
  phase: "closed-loop",
  missing: [],
  notes: "",
};
const line = (over: object = {}): string => JSON.stringify({ ...RECORD, ...over });
const problemOf = (text: string): string => {
  const result = parseRecords(text);
  return result.ok ? `${result.value.length} records` : formatProblem(result.error, "records");
};

describe("parseRecords", () => {
  it("reads lines, skips empty ones and ignores further fields", () => {
    const text = `\uFEFF${line()}\r\n\n${line({ id: "X-02", observed: { a: 1 }, derived: {}, later: true })}\n`;
    expect(problemOf(text)).toBe("2 records");
  });

  it("fills optional fields, so that a hand-written record can be short", () => {
    const short = line({
      runtime: undefined,
      missing: undefined,
      notes: undefined,
      engineVersion: undefined,
    });
    const result = parseRecords(short);
    expect(result.ok && result.value[0]).toMatchObject({
      runtime: {},
      missing: [],
      notes: "",
      engineVersion: "",
    });
  });

  it.each([
    [
      `${line()}\n${line({ id: "X-02", class: "gaming" })}`,
      /^line 2: class: expected \(serving \| .* got gaming$/,
    ],
    [
      `\n\n${line({ measured: { tpotMs: { mean: -1 } } })}`,
      /^line 3: measured.tpotMs.mean: must be more than 0/,
    ],
    [`${line()}\n{"id": `, /^line 2: not a JSON value$/],
    [`${line()}\n${line()}`, /^line 2: id: duplicate id X-01, also in line 1$/],
    [line({ plan: { ...RECORD.plan, version: 2 } }), /^line 1: plan.version: expected 1, got 2$/],
    [line({ measured: undefined }), /^line 1: measured: required, and missing$/],
    [line({ date: "spring" }), /^line 1: date: expected a date/],
    [line({ measured: [] }), /^line 1: measured: expected an object, got a list$/],
    ["[]", /^line 1: expected an object, got a list$/],
  ])("refuses %#", (text, expected) => expect(problemOf(text)).toMatch(expected));
});

describe("shipped measurements", () => {
  it("load, each with its source", async () => {
    const records = await loadMeasurements();
    expect(records).toHaveLength(1013);
    expect(records.every((one) => one.source.length > 0 && Object.keys(one.plan).length > 0)).toBe(true);
    const ids = new Set(records.map((one) => one.id));
    for (const id of (await loadSuspects()).keys()) expect(ids.has(id), id).toBe(true);
  });

  it("name only accelerators, hosts, fabrics and types that the catalog holds", async () => {
    // Weights of other tools, which the planner has no format for.
    const foreign = new Set(["int4", "w4a8-int8"]);
    for (const { id, plan } of await loadMeasurements()) {
      const { accelerator, host, fabric } = plan.cluster as Record<string, string | undefined>;
      if (accelerator) expect(catalog.accelerators.has(accelerator), `${id} ${accelerator}`).toBe(true);
      if (host) expect(catalog.hosts.has(host), `${id} ${host}`).toBe(true);
      if (fabric) expect(catalog.fabrics.has(fabric), `${id} ${fabric}`).toBe(true);
      const weights = plan.weights as string | undefined;
      if (weights && !foreign.has(weights)) expect(catalog.weightFormats.has(weights), weights).toBe(true);
    }
  });

  it("refuses a record whose source is not in the table", () => {
    const table = { sources: [{ source: "a" }], records: [{ ...RECORD, source: 3 }] };
    const result = parseMeasurementTable(table);
    expect(result.ok ? "" : formatProblem(result.error)).toBe("records[0].source: no source 3");
  });
});

describe("published quality and claims", () => {
  it("load", async () => {
    const quality = await loadQuality();
    expect(quality.rows.length).toBe(17);
    for (const row of quality.rows) {
      expect(catalog.models.has(row.model)).toBe(true);
      if (row.weights) expect(catalog.weightFormats.has(row.weights), row.weights).toBe(true);
      expect(row.perplexity).toBeGreaterThan(3);
      expect(row.perplexity).toBeLessThan(6);
    }
    expect((await loadClaims()).map((one) => one.id)).toContain("q4km-4xh100");
  });

  it("refuse a source that is not listed", () => {
    const claims = parseClaims([{ id: "a", subject: "fit", text: "b", source: "hearsay" }], new Set());
    expect(claims.ok ? "" : formatProblem(claims.error)).toBe(
      '[0].source: no source "hearsay" in sources.json',
    );
    const quality = parseQuality({ test: {}, columns: [], rows: [] }, new Set());
    expect(quality.ok ? "" : formatProblem(quality.error)).toBe("test.text: required, and missing");
  });
});
