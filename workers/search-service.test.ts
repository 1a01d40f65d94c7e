import { expect, it } from "vitest";
import { parseSearchQuery } from "../src/core/domain/parse-search-query.ts";
import { vocabularyOf } from "../src/core/domain/plan-vocabulary.ts";
import { catalog } from "../src/planner-data.ts";
import { SearchWorker } from "./search-service.ts";

const parsed = parseSearchQuery(
  {
    version: 1,
    model: "deepseek-v3-0324",
    workload: { inputTokens: 1024, outputTokens: 1024, concurrency: 64 },
    slo: { tpotMs: 50, ttftMs: 2000 },
    engines: ["vllm"],
    weights: ["fp8"],
    accelerators: ["h200-sxm"],
  },
  vocabularyOf(catalog),
);
if (!parsed.ok) throw new Error(parsed.error.problem);
const query = parsed.value;

it("a helping worker is through once each of its batches has been taken, however late", async () => {
  const worker = new SearchWorker();
  let taken = 0;
  const tally = await worker.help({ ticket: 1, query, part: 1, parts: 2 }, async ({ rows }) => {
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setTimeout(resolve));
    taken += rows.length;
  });
  expect(taken).toBeGreaterThan(0);
  const fell = [...(tally?.rejected ?? [])].reduce((sum, count) => sum + count, 0);
  expect(taken).toBe((tally?.tried ?? 0) - fell);
});
