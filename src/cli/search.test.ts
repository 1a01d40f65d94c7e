import { describe, expect, it } from "vitest";
import { parsePlan } from "../core/domain/parse-plan.ts";
import { vocabularyOf } from "../core/domain/plan-vocabulary.ts";
import { catalog } from "../planner-data.ts";
import type { SearchAnswer } from "./search-answer.ts";
import { run } from "./run.ts";

async function fathom(args: readonly string[], stdin: unknown) {
  let out = "";
  const err: string[] = [];
  const code = await run(args, {
    stdin: () => Promise.resolve(typeof stdin === "string" ? stdin : JSON.stringify(stdin)),
    stdinLines: async function* () {
      yield await Promise.resolve("");
    },
    out: (text) => {
      out += text;
      return Promise.resolve();
    },
    err: (line) => err.push(line),
  });
  return { code, out, err };
}

const QUERY = {
  version: 1,
  model: "deepseek-v3-0324",
  workload: { inputTokens: 1024, outputTokens: 1024, concurrency: 64 },
  slo: { ttftMs: 2000, tpotMs: 50 },
  budget: { usdPerHour: 40 },
  accelerators: ["h200-sxm", "h100-sxm"],
};

describe("fathom search", () => {
  it("prints ranked plans and the front; each plan evaluates to its numbers", async () => {
    const { code, out, err } = await fathom(["search", "-", "--json", "--limit", "5"], QUERY);
    expect({ code, err }).toEqual({ code: 0, err: [] });
    const answer = JSON.parse(out) as SearchAnswer;
    expect(Object.keys(answer)).toEqual(["tried", "feasible", "rejectedBy", "front", "ranked"]);
    expect(answer.ranked).toHaveLength(5);
    expect(answer.tried).toBe(answer.feasible + answer.rejectedBy.reduce((sum, { count }) => sum + count, 0));
    for (const { plan, link, numbers } of [...answer.ranked, ...answer.front]) {
      expect(parsePlan(plan, vocabularyOf(catalog)).ok).toBe(true);
      const evaluated = await fathom(["evaluate", link, "--json"], "");
      const { fits, performance, cost } = JSON.parse(evaluated.out) as {
        fits: boolean;
        performance: { ttftMs: { value: number }; tpotMs: { value: number; basis: string } };
        cost: { usdPerMillionOutputTokens: number; usdPerHour: number };
      };
      expect(fits).toBe(true);
      expect(numbers.usdPerMillionOutputTokens).toBe(cost.usdPerMillionOutputTokens);
      expect(numbers.usdPerHour).toBe(cost.usdPerHour);
      expect(numbers.ttftMs).toBe(performance.ttftMs.value);
      expect(numbers.tokensPerSecondPerUser).toBe(1e3 / performance.tpotMs.value);
      expect(numbers.usdPerHour).toBeLessThanOrEqual(40);
      expect(numbers.tpotMs).toBeLessThanOrEqual(50);
    }
    const costs = answer.ranked.map(({ numbers }) => numbers.usdPerMillionOutputTokens ?? Infinity);
    expect(costs).toEqual([...costs].sort((a, b) => a - b));
  }, 60_000);

  it("prints a table without --json", async () => {
    const { code, out } = await fathom(["search", "-"], QUERY);
    expect(code).toBe(0);
    expect(out).toMatch(/^[\d,  ]+ candidates, /);
    expect(out).toMatch(/8 x H200 .*SGLang/);
    expect(out).toMatch(/Why the rest fell/);
  }, 60_000);

  it("exits 3 when nothing meets the query, and says what would help", async () => {
    const fastest = await fathom(["search", "-", "--json", "--limit", "1"], {
      ...QUERY,
      objective: "fastest",
    });
    const best = (JSON.parse(fastest.out) as SearchAnswer).ranked[0]?.numbers.tpotMs ?? 0;
    const slo = { ttftMs: 2000, tpotMs: 0.8 * best };
    const { code, out, err } = await fathom(["search", "-", "--json"], { ...QUERY, slo });
    expect(code).toBe(3);
    expect((JSON.parse(out) as SearchAnswer).ranked).toEqual([]);
    expect(err[0]).toMatch(/^search: none of \d+ candidates meets every constraint$/);
    expect(err.some((line) => /TPOT limit [\d.]+ → [\d.]+ ms would admit \d+ layout/.test(line))).toBe(true);
  }, 60_000);

  it.each([
    [
      "an unknown id",
      { ...QUERY, engines: ["vlm"] },
      /^engines\.0: unknown id "vlm"; did you mean "vllm"\?$/,
    ],
    ["a field of no query", { ...QUERY, budgets: {} }, /^budgets: unknown field$/],
    ["a bad bound", { ...QUERY, slo: { tpotMs: -1 } }, /^slo\.tpotMs: must be more than 0, got -1$/],
    [
      "two loads",
      { ...QUERY, workload: { ...QUERY.workload, requestsPerSecond: 1 } },
      /^workload\.requestsPerSecond: /,
    ],
    ["an empty list", { ...QUERY, engines: [] }, /^engines: an empty list finds nothing/],
    ["a later version", { ...QUERY, version: 2 }, /^version: this query is of version 2/],
    ["no JSON", "{", /^stdin: not JSON/],
  ])("refuses %s in one line", async (_, query, line) => {
    const { code, out, err } = await fathom(["search", "-"], query);
    expect({ code, out, lines: err.length }).toEqual({ code: 2, out: "", lines: 1 });
    expect(err[0]).toMatch(line);
  });

  it("refuses a limit that is no number", async () => {
    const { code, err } = await fathom(["search", "-", "--limit", "all"], QUERY);
    expect(code).toBe(2);
    expect(err[0]).toMatch(/^--limit: expected a whole number/);
  });
});
