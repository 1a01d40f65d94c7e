import { gzipSync } from "node:zlib";
import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { formatProblem } from "../domain/problem.ts";
import { parseCatalog } from "./parse-catalog.ts";

const modules = import.meta.glob(
  [
    "../../../planner-data/sources.json",
    "../../../planner-data/{models,accelerators,hosts,fabrics,quantizations,prices}/*.json",
    "../../../planner-data/engines/*.json",
    "../../../planner-data/training/frameworks.json",
  ],
  { eager: true, import: "default" },
);
const FILES = Object.fromEntries(
  Object.entries(modules).map(([path, content]) => [path.split("planner-data/")[1] ?? path, content]),
);

type Json = Record<string, unknown>;

/** The shipped files with one value replaced; `undefined` takes the key out. */
function withChange(file: string, keys: readonly (string | number)[], value: unknown): Json {
  const copy = structuredClone(FILES[file]) as Json;
  let target: Json = copy;
  for (const key of keys.slice(0, -1)) target = target[key] as Json;
  const last = keys.at(-1) as string;
  if (value === undefined) delete target[last];
  else target[last] = value;
  return { ...FILES, [file]: copy };
}

function problemOf(files: Json): string {
  const result = parseCatalog(files);
  return result.ok ? "parsed" : formatProblem(result.error, "catalog");
}

const H200 = "accelerators/h200-sxm.json";

describe("parseCatalog", () => {
  it("reads the shipped data", () => expect(problemOf(FILES)).toBe("parsed"));

  it.each([
    [H200, ["memoryBandwidth", "unit"], "GB/s", "memoryBandwidth.unit: expected B/s, got GB/s"],
    [H200, ["memoryBandwith"], 1, "memoryBandwith: unknown key"],
    [H200, ["memory", "uncertainty"], 1, "memory.uncertainty: unknown key"],
    [H200, ["memory", "source"], undefined, "memory.source: required, and missing"],
    [H200, ["memory", "source"], "hearsay", 'memory.source: no source "hearsay" in sources.json'],
    [H200, ["memory", "value"], -1, "memory.value: must be more than 0, got -1"],
    [H200, ["memory", "value"], "141 GB", "memory.value: expected number, got 141 GB"],
    [H200, ["memory", "value"], null, "memory.value: expected number, got null"],
    [
      H200,
      ["memory", "basis"],
      "guess",
      "memory.basis: expected (measured | datasheet | derived | assumed), got guess",
    ],
    [H200, ["memoryBandwidth"], undefined, "memoryBandwidth: required, and missing"],
    [H200, ["peakDense", "fp8"], 1979e12, "peakDense.fp8: expected an object, got 1979000000000000"],
    [H200, ["peakDense"], [], "peakDense: expected an object, got a list"],
    [H200, ["scaleUp", "domainSize"], [], "scaleUp.domainSize.value: required, and missing"],
    [H200, ["id"], "h300-sxm", "id: expected h200-sxm, as the file is named, got h300-sxm"],
    [
      H200,
      ["launched"],
      "late 2023",
      "launched: expected a date (YYYY, YYYY-MM or YYYY-MM-DD), got late 2023",
    ],
    ["models/deepseek-r1.json", ["nativeWeights"], "fp7", 'nativeWeights: no weight format "fp7"'],
    [
      "models/deepseek-r1.json",
      ["architecture", "values", "headCount"],
      12.5,
      "architecture.values.headCount: expected a whole number, got 12.5",
    ],
    [
      "models/deepseek-r1.json",
      ["repositories", 0, "revision"],
      "main",
      "repositories[0].revision: expected a commit (40 hexadecimal digits), got main",
    ],
    ["engines/vllm.json", ["current"], "9.9", 'current: no version "9.9"'],
    ["engines/vllm.json", ["defaults", 1, "since"], "0.20", 'defaults[1].since: no version "0.20"'],
    [
      "engines/vllm.json",
      ["defaults", 0, "deviceTiers", 1, "except", 0],
      "a100",
      'defaults[0].deviceTiers[1].except[0]: no accelerator "a100"',
    ],
    [
      "engines/vllm.json",
      ["versions", 3, "version"],
      "0.7.3",
      "versions[3].version: duplicate version 0.7.3",
    ],
    [
      "quantizations/gguf.json",
      [2, "id"],
      "gguf:F16",
      "[2].id: duplicate id gguf:F16, also at quantizations/gguf.json: [1].id",
    ],
    ["prices/rentals.json", ["rows", 4, 2], "h400", 'rows[4][2]: no accelerator "h400"'],
    ["prices/rentals.json", ["rows", 4, 9], "hearsay", 'rows[4][9]: no source "hearsay" in sources.json'],
    ["prices/rentals.json", ["rows", 4, 5], 0, "rows[4][5]: must be more than 0, got 0"],
    ["prices/rentals.json", ["columns", 3], "count", "columns[3]: expected acceleratorCount, got count"],
    [
      "prices/ownership.json",
      ["usdPerKilowattHour", "unit"],
      "USD/MWh",
      "usdPerKilowattHour.unit: expected USD/kWh, got USD/MWh",
    ],
    ["sources.json", ["eia", "licence"], undefined, "eia.licence: required, and missing"],
  ] as const)("%s %j = %j", (file, keys, value, text) => {
    expect(problemOf(withChange(file, keys, value))).toBe(`${file}: ${text}`);
  });

  it("refuses two files with one id", () => {
    expect(problemOf({ ...FILES, "accelerators/z-copy.json": FILES[H200] })).toBe(
      "accelerators/z-copy.json: id: duplicate id h200-sxm, also in accelerators/h200-sxm.json",
    );
  });

  it("refuses a file that no table takes, and names one that is missing", () => {
    expect(problemOf({ ...FILES, "prices/rent.json": {} })).toBe("prices/rent.json: no table of the catalog");
    const rest: Json = { ...FILES };
    delete rest["sources.json"];
    expect(problemOf(rest)).toBe("sources.json: required, and missing");
    expect(problemOf({ ...FILES, [H200]: [] })).toBe(`${H200}: expected an object, got a list`);
  });

  it("stays under 40 kB gzipped", () => {
    expect(gzipSync(JSON.stringify(FILES)).length).toBeLessThan(40_000);
  });

  const names = Object.keys(FILES);
  test.prop([fc.nat(names.length - 1), fc.infiniteStream(fc.nat(50)), fc.jsonValue()], { numRuns: 300 })(
    "never throws, and names the file that was spoilt",
    (index, choices, value) => {
      const file = names[index] ?? "";
      const keys = walk(FILES[file], choices);
      const result = parseCatalog(withChange(file, keys, value));
      // Ids and sources may be missed by other files than the one that lost them.
      const mayPointElsewhere = file === "sources.json" || keys.at(-1) === "id" || keys.includes("versions");
      if (!result.ok && !mayPointElsewhere) expect(formatProblem(result.error)).toContain(file);
    },
  );
});

/** A path to some value inside a JSON value. */
function walk(value: unknown, choices: Iterator<number>): (string | number)[] {
  const keys: (string | number)[] = [];
  let here = value;
  while (typeof here === "object" && here !== null && Object.keys(here).length > 0) {
    const entries = Object.keys(here);
    const choice = Number(choices.next().value);
    const key = entries[choice % entries.length] ?? "";
    keys.push(Array.isArray(here) ? Number(key) : key);
    here = (here as Json)[key];
    if (choice % 7 === 0) break;
  }
  return keys;
}
