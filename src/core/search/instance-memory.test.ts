import { expect, test } from "vitest";
import { catalog } from "../../planner-data.ts";
import type { SearchQuery } from "../domain/search.ts";
import { estimateMemory } from "../model/memory/estimate-memory.ts";
import { llamaVerdict } from "../model/memory/llama-memory.ts";
import { memoryFacts } from "../model/memory/memory-facts.ts";
import { enumerateSpace, planOfCandidate } from "./enumerate.ts";

const QUERY: SearchQuery = {
  version: 1,
  model: "deepseek-v3-0324",
  workload: { inputTokens: 4096, outputTokens: 512, concurrency: 1, prefixHitRate: 0 },
  slo: {},
  budget: {},
  layouts: {},
  engines: ["llama.cpp", "ik_llama.cpp", "ollama"],
  concurrencySteps: [1, 16, 256],
  objective: "cheapest",
};

test("llama.cpp's verdict without words is the estimate's: every 23rd plan of its kin", () => {
  const space = enumerateSpace(QUERY, catalog);
  const kinds = new Map<string, number>();
  for (let candidate = 0; candidate < space.total; candidate += 23) {
    const plan = planOfCandidate(space, candidate);
    const facts = memoryFacts(plan, catalog);
    if (!facts.ok) continue;
    const { kind, users } = llamaVerdict(plan, facts.value);
    const { memory, infeasible } = estimateMemory(plan, catalog);
    const where = JSON.stringify(plan);
    expect(infeasible.map((found) => found.kind)[0], where).toBe(kind);
    if (memory !== null) expect(users, where).toBe(memory.concurrencyLimit);
    kinds.set(String(kind), (kinds.get(String(kind)) ?? 0) + 1);
  }
  expect(kinds.size).toBeGreaterThan(3);
});
