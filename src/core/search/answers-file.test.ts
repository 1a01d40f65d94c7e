import { beforeAll, describe, expect, test } from "vitest";
import { catalog } from "../../planner-data.ts";
import type { SearchQuery } from "../domain/search.ts";
import { AnswersFile, writeAnswers } from "./answers-file.ts";
import { enumerateSpace } from "./enumerate.ts";
import { KnownInstances } from "./known.ts";
import { runPart } from "./search.ts";
import { plainPart } from "./testing/plain-part.ts";

const NO_LIMITS: SearchQuery = {
  version: 1,
  model: "deepseek-v3-0324",
  workload: { inputTokens: 1024, outputTokens: 1024, concurrency: 64, prefixHitRate: 0 },
  slo: {},
  budget: {},
  layouts: {},
  accelerators: ["h200-sxm", "rtx-pro-6000"],
  engines: ["sglang", "vllm", "llama.cpp"],
  weights: ["fp8", "nvfp4", "gguf:Q4_K_M"],
  concurrencySteps: [64, 256, 512],
  objective: "cheapest",
};
const facts = { catalog, opTables: new Map() };

let file: ArrayBuffer;
beforeAll(async () => {
  const known = new KnownInstances();
  await runPart(NO_LIMITS, facts, { known });
  file = writeAnswers(enumerateSpace(NO_LIMITS, catalog), known).buffer as ArrayBuffer;
});

/** The last two are not in the file, or only in part. */
const QUESTIONS: Record<string, SearchQuery> = {
  "without limits": NO_LIMITS,
  "with limits": { ...NO_LIMITS, slo: { tpotMs: 30, ttftMs: 2000 }, budget: { usdPerHour: 60 } },
  "fewer accelerators": { ...NO_LIMITS, accelerators: ["h200-sxm"], objective: "fastest" },
  "hard evidence only": { ...NO_LIMITS, softestBasis: "extrapolated" },
  "another accelerator as well": { ...NO_LIMITS, accelerators: ["h200-sxm", "b200-sxm"] },
  "other users": { ...NO_LIMITS, concurrencySteps: [128] },
};

describe("a question answered from a file finds what it finds afresh", () => {
  test.each(Object.entries(QUESTIONS))("%s", async (_, query) => {
    const read = await runPart(query, facts, { known: new KnownInstances(new AnswersFile(file)) });
    expect(plainPart(read)).toEqual(plainPart(await runPart(query, facts)));
    expect(read.rows.reduce((sum, { length }) => sum + length, 0)).toBeGreaterThan(0);
  });
});

test("a question that the file has waits for no table, another does", async () => {
  const waited = async (query: SearchQuery) => {
    const ids: string[] = [];
    const known = new KnownInstances(new AnswersFile(file));
    await runPart(query, facts, { known, tables: (id) => (ids.push(id), undefined) });
    return new Set(ids);
  };
  expect(await waited(NO_LIMITS)).toEqual(new Set());
  expect(await waited({ ...NO_LIMITS, accelerators: ["h200-sxm", "b200-sxm"] })).toEqual(
    new Set(["b200-sxm"]),
  );
});

test("what was never asked for is not written as if it were known", async () => {
  const known = new KnownInstances();
  const limited: SearchQuery = { ...NO_LIMITS, slo: { tpotMs: 5 } };
  await runPart(limited, facts, { known });
  expect(() => writeAnswers(enumerateSpace(limited, catalog), known)).toThrow(/basis/);
});
