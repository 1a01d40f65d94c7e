import { describe, expect, test } from "vitest";
import { catalog } from "../../planner-data.ts";
import type { SearchQuery } from "../domain/search.ts";
import { KnownInstances } from "./known.ts";
import { runPart } from "./search.ts";
import { plainPart } from "./testing/plain-part.ts";

const QUERY: SearchQuery = {
  version: 1,
  model: "deepseek-v3-0324",
  workload: { inputTokens: 1024, outputTokens: 1024, concurrency: 64, prefixHitRate: 0 },
  slo: { tpotMs: 30, ttftMs: 2000 },
  budget: {},
  layouts: {},
  accelerators: ["h200-sxm", "b200-sxm", "rtx-pro-6000"],
  engines: ["sglang", "vllm", "llama.cpp"],
  weights: ["fp8", "nvfp4", "gguf:Q4_K_M"],
  counts: [8, 16],
  concurrencySteps: [64, 256, 512],
  objective: "cheapest",
};
const facts = { catalog, opTables: new Map() };

/** After `QUERY`, in this order: wider, narrower, other prices, fewer of everything, another load, and back. */
const LATER: Record<string, SearchQuery> = {
  "wider limits": { ...QUERY, slo: { tpotMs: 200 } },
  "narrower limits": { ...QUERY, slo: { tpotMs: 15, ttftMs: 500 } },
  "a budget, a power limit and harder evidence": {
    ...QUERY,
    budget: { usdPerHour: 60, usdPerMillionOutputTokens: 6 },
    powerWatts: 20_000,
    softestBasis: "extrapolated",
  },
  "one accelerator": { ...QUERY, accelerators: ["b200-sxm"], objective: "fastest" },
  "other cuts": { ...QUERY, layouts: { tp: [4, 8] }, counts: [8] },
  "longer prompts": { ...QUERY, workload: { ...QUERY.workload, inputTokens: 4096 } },
  "the first question again": QUERY,
};

describe("what was learnt before changes no answer", () => {
  const known = new KnownInstances();

  test.each([["the first question", QUERY] as const, ...Object.entries(LATER)])("%s", async (_, query) => {
    const again = await runPart(query, facts, { known });
    const afresh = await runPart(query, facts);
    expect(plainPart(again)).toEqual(plainPart(afresh));
    expect(again.rows.reduce((sum, { length }) => sum + length, 0)).toBeGreaterThan(0);
  });
});
