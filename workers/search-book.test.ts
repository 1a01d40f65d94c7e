import { beforeAll, describe, expect, it } from "vitest";
import { parseSearchQuery } from "../src/core/domain/parse-search-query.ts";
import { vocabularyOf } from "../src/core/domain/plan-vocabulary.ts";
import type { SearchBatch, SearchTally } from "../src/core/domain/search.ts";
import type { SearchView } from "../src/core/domain/search-view.ts";
import { search, searchAll } from "../src/core/search/search.ts";
import { catalog } from "../src/planner-data.ts";
import { SearchBook } from "./search-book.ts";

const parsed = parseSearchQuery(
  {
    version: 1,
    model: "deepseek-v3-0324",
    workload: { inputTokens: 1024, outputTokens: 1024, concurrency: 64 },
    slo: { tpotMs: 60, ttftMs: 3000 },
    engines: ["sglang", "vllm"],
    weights: ["fp8", "w4afp8"],
    accelerators: ["h200-sxm", "b200-sxm", "h100-sxm"],
  },
  vocabularyOf(catalog),
);
if (!parsed.ok) throw new Error(parsed.error.problem);
const query = parsed.value;
const facts = { catalog, opTables: new Map() };
const VIEW: SearchView = { sort: "objective", descending: false, facets: {}, brush: null };
const book = new SearchBook(query, catalog, 1);

async function fill(part: number): Promise<SearchTally> {
  const batches = search(query, facts, { part, parts: 2 });
  for (;;) {
    const next = await batches.next();
    if (next.done) return next.value;
    book.add(part, next.value);
  }
}

describe("book of a search", () => {
  let tallies: SearchTally[];
  beforeAll(async () => {
    tallies = [await fill(0), await fill(1)];
  });

  it("shows the best of what it has before the end, and the same after it", async () => {
    const before = book.look(VIEW);
    expect([before.finished, before.top.length]).toEqual([false, 40]);
    book.end(tallies);
    const after = book.look(VIEW);
    expect(after.finished).toBe(true);
    const candidates = (rows: typeof after.top) => rows.map(({ numbers }) => numbers.candidate);
    expect(candidates(before.top)).toEqual(candidates(after.top));
    const late = await search(query, facts).next();
    expect(() => book.add(1, late.value as SearchBatch)).toThrow("after the end");
    const whole = await searchAll(query, facts);
    expect(after.progress).toEqual({ tried: whole.tried, total: whole.total, feasible: whole.feasible });
    expect(after.front.map(({ row }) => row)).toEqual([...whole.front]);
    expect(after.skyline.map((at) => after.front[at]!.row)).toEqual([...whole.skyline]);
    expect(book.window(VIEW, 0, 60).map(({ row }) => row)).toEqual([...whole.ranked.subarray(0, 60)]);
  });

  it("sorts by any column, unknown values last", () => {
    const view = { ...VIEW, sort: "total", descending: true } as const;
    const totals = book.window(view, 0, 200).map(({ numbers }) => numbers.outputTokensPerSecond);
    expect(totals).toEqual([...totals].sort((a, b) => b - a));
    expect(totals.length).toBe(200);
  });

  it("counts each facet by what the others keep, and the counts add up to the rows", () => {
    const all = book.look(VIEW);
    const count = (facet: readonly { count: number }[]) => facet.reduce((sum, { count: n }) => sum + n, 0);
    for (const facet of Object.values(all.facets)) expect(count(facet)).toBe(all.kept);
    const only = book.look({ ...VIEW, facets: { engine: ["vllm"] } });
    expect(only.facets.engine).toEqual(all.facets.engine);
    expect(only.kept).toBe(all.facets.engine.find(({ value }) => value === "vllm")?.count);
    expect(only.front.every(({ plan }) => plan.engine === "vllm")).toBe(true);
    expect(only.cloud.length).toBeLessThan(all.cloud.length);
  });

  it("selects what lies in the brush", () => {
    const { front } = book.look(VIEW);
    const usd = front[0]!.numbers.usdPerMillionOutputTokens!;
    const brush = { usd: [usd, usd * 1.5], speed: [20, 40] } as const;
    const summary = book.look({ ...VIEW, brush });
    const rows = book.window({ ...VIEW, brush }, 0, 100_000);
    expect(rows.length).toBe(summary.selected);
    expect(summary.selected).toBeLessThan(summary.kept);
    for (const { numbers } of rows) {
      expect(numbers.usdPerMillionOutputTokens).toBeLessThanOrEqual(usd * 1.5);
      expect(numbers.tokensPerSecondPerUser).toBeLessThanOrEqual(40);
    }
  });

  it("stands each point of the figure for rows that are there", () => {
    const { cloud, kept, unpriced } = book.look(VIEW);
    expect(cloud.length % 3).toBe(0);
    expect(cloud.length / 3).toBeLessThanOrEqual(kept - unpriced);
    expect(cloud.length).toBeGreaterThan(0);
  });
});
