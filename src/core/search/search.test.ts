import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { catalog, loadOpTables } from "../../planner-data.ts";
import type { SearchColumns, SearchQuery, SearchResult } from "../domain/search.ts";
import { SEARCH_CAUSES } from "../domain/search.ts";
import { evaluate } from "../model/evaluate.ts";
import { enumerateSpace, planOfCandidate, type SearchSpace } from "./enumerate.ts";
import type { SearchFacts } from "./family-facts.ts";
import { COLUMN_NAMES } from "./rows.ts";
import { mergeParts, runPart, search, searchAll } from "./search.ts";

const QUERY: SearchQuery = {
  version: 1,
  model: "deepseek-v3-0324",
  workload: { inputTokens: 1024, outputTokens: 1024, concurrency: 64, prefixHitRate: 0 },
  slo: { tpotMs: 50, ttftMs: 2000 },
  budget: {},
  layouts: {},
  accelerators: ["h200-sxm", "b200-sxm", "mi300x", "a100-80-sxm", "rtx-pro-6000", "m3-ultra-512"],
  objective: "cheapest",
};

/** A part of the same space for what needs several searches: every cause falls in it. */
const SMALL: SearchQuery = { ...QUERY, counts: [8, 16], concurrencySteps: [64, 512] };

let facts: SearchFacts;
const spaces = new WeakMap<SearchQuery, SearchSpace>();
const searched = new WeakMap<SearchQuery, Promise<SearchResult>>();

beforeAll(async () => {
  const opTables = new Map();
  for (const id of QUERY.accelerators ?? []) {
    const tables = await loadOpTables(id);
    if (tables) opTables.set(id, tables);
  }
  facts = { catalog, opTables };
});

function spaceOf(query: SearchQuery): SearchSpace {
  const space = spaces.get(query) ?? enumerateSpace(query, catalog);
  spaces.set(query, space);
  return space;
}

/** The result of a query that several tests look at. */
function resultOf(query: SearchQuery): Promise<SearchResult> {
  const result = searched.get(query) ?? searchAll(query, facts);
  searched.set(query, result);
  return result;
}

const evaluated = (query: SearchQuery, candidate: number) => {
  const plan = planOfCandidate(spaceOf(query), candidate);
  const opTables = facts.opTables.get(plan.cluster.accelerator ?? "") ?? null;
  return { plan, estimate: evaluate(plan, { catalog, opTables }) };
};

const spread = (length: number, samples: number) =>
  Array.from({ length: Math.min(length, samples) }, (_, i) =>
    Math.floor((i * length) / Math.min(length, samples)),
  );

function plain(columns: SearchColumns): Record<string, number[]> {
  return Object.fromEntries(COLUMN_NAMES.map((name) => [name, [...columns[name]]]));
}

describe("one truth: a row's numbers are those of evaluate, to the last bit", () => {
  const COUNTS = [4, 8, 32];
  const queries: Record<string, SearchQuery> = {
    "64 users within 50 ms": QUERY,
    "no limits at all": { ...QUERY, slo: {}, counts: COUNTS },
    "a shared prefix, depth, drafts and fp8 cache": {
      ...QUERY,
      slo: {},
      counts: COUNTS,
      workload: {
        inputTokens: 6000,
        outputTokens: 300,
        concurrency: 7,
        prefixHitRate: 0.6,
        contextDepth: 500,
      },
      kvCaches: ["bf16", "fp8"],
      speculative: ["mtp3"],
    },
    "an arrival rate": {
      ...QUERY,
      slo: {},
      counts: COUNTS,
      workload: { inputTokens: 1024, outputTokens: 256, requestsPerSecond: 0.7, prefixHitRate: 0 },
    },
    "one user, engines that run layer after layer": {
      ...QUERY,
      slo: {},
      engines: ["llama.cpp", "ktransformers", "ollama"],
      workload: { ...QUERY.workload, concurrency: 1 },
    },
  };

  test.each(Object.entries(queries))("%s", async (_, query) => {
    const { rows } = await resultOf(query);
    expect(rows.length).toBeGreaterThan(50);
    for (const i of spread(rows.length, 120)) {
      const { plan, estimate } = evaluated(query, rows.candidate[i] as number);
      const { performance, cost } = estimate;
      const where = JSON.stringify(plan);
      expect(estimate.infeasible, where).toEqual([]);
      expect(rows.ttftMs[i], where).toBe(performance?.ttftMs.value);
      expect(rows.tokensPerSecondPerUser[i], where).toBe(1e3 / (performance?.tpotMs.value ?? 0));
      expect(rows.tokensPerSecondPerUser[i], where).toBe(performance?.outputTokensPerSecondPerUser.value);
      expect(rows.outputTokensPerSecond[i], where).toBe(performance?.outputTokensPerSecond.value);
      expect(rows.usdPerHour[i], where).toBe(cost?.usdPerHour ?? Number.NaN);
      expect(rows.usdPerMillionOutputTokens[i], where).toBe(cost?.usdPerMillionOutputTokens ?? Number.NaN);
      expect(rows.users[i], where).toBe(plan.workload.concurrency ?? 0);
    }
  });
});

describe("what fell", () => {
  test("every candidate is decided once: survivors and rejections add up to the space", async () => {
    const result = await searchAll({ ...SMALL, budget: { usdPerHour: 60 }, powerWatts: 40_000 }, facts);
    const fallen = result.rejectedBy.reduce((sum, { count }) => sum + count, 0);
    expect(result.tried).toBe(result.total);
    expect(fallen + result.feasible).toBe(result.total);
    expect(new Set(result.rejectedBy.map(({ cause }) => cause)).size).toBe(result.rejectedBy.length);
  });

  test("no candidate outside of the rows meets the constraints", async () => {
    const query = { ...SMALL, budget: { usdPerHour: 60, usdPerMillionOutputTokens: 4 } };
    const result = await searchAll(query, facts);
    const kept = new Set(result.rows.candidate);
    for (const candidate of spread(result.total, 300)) {
      if (kept.has(candidate)) continue;
      const { plan, estimate } = evaluated(query, candidate);
      const { performance, cost, fits, memory } = estimate;
      const meets =
        fits &&
        memory !== null &&
        performance !== null &&
        performance.tpotMs.value <= 50 &&
        performance.ttftMs.value <= 2000 &&
        cost !== null &&
        (cost.usdPerHour ?? Infinity) <= 60 &&
        (cost.usdPerMillionOutputTokens ?? Infinity) <= 4;
      expect(meets, JSON.stringify(plan)).toBe(false);
    }
  });

  test("a relaxation admits exactly as many as a search with the wider limit finds more", async () => {
    const query = { ...SMALL, slo: { tpotMs: 20, ttftMs: 1500 }, budget: { usdPerHour: 30 } };
    const result = await searchAll(query, facts);
    const relaxed = new Map(result.rejectedBy.map(({ cause, relaxation }) => [cause, relaxation]));
    const tpot = relaxed.get("tpot");
    const ttft = relaxed.get("ttft");
    const hour = relaxed.get("usd-per-hour");
    const wider = [
      { to: tpot, query: { ...query, slo: { ...query.slo, tpotMs: tpot?.to ?? 0 } } },
      { to: ttft, query: { ...query, slo: { ...query.slo, ttftMs: ttft?.to ?? 0 } } },
      { to: hour, query: { ...query, budget: { usdPerHour: hour?.to ?? 0 } } },
    ];
    expect(wider.filter(({ to }) => to !== undefined).length).toBeGreaterThan(1);
    for (const { to, query: widened } of wider) {
      if (to === undefined) continue;
      const found = await searchAll(widened, facts);
      expect(found.feasible - result.feasible, JSON.stringify(to)).toBe(to.admits);
      expect([...found.rows.candidate]).toContain(to.bestCandidate);
    }
  });

  test("on servers every cause is the estimate's first reason", async () => {
    const query: SearchQuery = {
      ...QUERY,
      engines: ["sglang", "vllm"],
      accelerators: ["h200-sxm", "a100-80-sxm"],
      weights: ["fp8", "nvfp4", "bf16"],
      counts: [4, 8, 16],
      concurrencySteps: [64, 1024],
      slo: {},
    };
    const { total, rejectedBy } = await searchAll(query, facts);
    const counts = new Map<string, number>();
    for (let candidate = 0; candidate < total; candidate++) {
      const kind = evaluated(query, candidate).estimate.infeasible[0]?.kind;
      if (kind !== undefined) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    expect(total).toBeGreaterThan(300);
    expect(Object.fromEntries(rejectedBy.map(({ cause, count }) => [cause, count]))).toEqual(
      Object.fromEntries(counts),
    );
  });
});

describe("deterministic, in parts, interruptible", () => {
  test("the same query gives the same result", async () => {
    const once = await resultOf(SMALL);
    const again = await searchAll(SMALL, facts);
    expect(plain(again.rows)).toEqual(plain(once.rows));
    expect(again.rejectedBy).toEqual(once.rejectedBy);
    expect([...again.front]).toEqual([...once.front]);
  });

  test("parts merge into the whole, in any order", async () => {
    const whole = await resultOf(SMALL);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.boolean(), async (parts, reverse) => {
        const pieces = [];
        for (let part = 0; part < parts; part++) pieces.push(await runPart(SMALL, facts, { part, parts }));
        if (reverse) pieces.reverse();
        const merged = mergeParts(spaceOf(SMALL), pieces);
        expect(plain(merged.rows)).toEqual(plain(whole.rows));
        expect(merged.rejectedBy).toEqual(whole.rejectedBy);
        expect([...merged.ranked]).toEqual([...whole.ranked]);
        expect([...merged.front]).toEqual([...whole.front]);
        expect(merged.tried).toBe(whole.total);
      }),
      { numRuns: 5 },
    );
  });

  test("stops between two batches, and says so", async () => {
    let asked = 0;
    const batches = search(QUERY, facts, { shouldStop: () => ++asked === 2 });
    const tried: number[] = [];
    for (;;) {
      const next = await batches.next();
      if (next.done) {
        expect(next.value.stopped).toBe(true);
        expect(next.value.tried).toBe(tried.at(-1));
        break;
      }
      tried.push(next.value.progress.tried);
    }
    expect(tried).toHaveLength(2);
    expect(tried[1]).toBeLessThan(spaceOf(QUERY).total);
  });

  test("progress grows to the end of its part", async () => {
    const progress = [];
    for await (const batch of search(SMALL, facts, { part: 1, parts: 2 })) progress.push(batch.progress);
    const last = progress.at(-1);
    expect(last?.tried).toBe(last?.total);
    for (let i = 1; i < progress.length; i++) {
      expect(progress[i]?.tried).toBeGreaterThanOrEqual(progress[i - 1]?.tried ?? 0);
    }
  });
});

test("owned hardware bounds the search to its accelerator and nodes", async () => {
  const owned = [{ accelerator: "h200-sxm", acceleratorsPerNode: 8, nodes: 2 }];
  const query: SearchQuery = { ...QUERY, owned, slo: {} };
  const { rows, total } = await searchAll(query, facts);
  const space = enumerateSpace(query, catalog);
  expect(total).toBeGreaterThan(0);
  expect(rows.length).toBeGreaterThan(0);
  for (const candidate of rows.candidate) {
    const { cluster } = planOfCandidate(space, candidate);
    expect(cluster.accelerator).toBe("h200-sxm");
    expect(cluster.acceleratorsPerNode * cluster.nodes).toBeLessThanOrEqual(16);
  }
});

test("a softest basis leaves out what is softer, and relaxations count under it", async () => {
  const all = await resultOf(SMALL);
  const query: SearchQuery = { ...SMALL, softestBasis: "calibrated" };
  const { rows, rejectedBy, feasible } = await searchAll(query, facts);
  const harder = [...all.rows.candidate].filter((_, i) => (all.rows.basis[i] as number) <= 2);
  expect(harder.length).toBeLessThan(all.rows.length);
  expect([...rows.candidate]).toEqual(harder);
  const tpot = rejectedBy.find(({ cause }) => cause === "tpot")?.relaxation;
  const wider = await searchAll({ ...query, slo: { ...query.slo, tpotMs: tpot?.to ?? 0 } }, facts);
  expect(wider.feasible - feasible).toBe(tpot?.admits);
});

test("every cause of a rejection is a known one", async () => {
  const { rejectedBy } = await resultOf(QUERY);
  for (const { cause } of rejectedBy) expect(SEARCH_CAUSES).toContain(cause);
});
