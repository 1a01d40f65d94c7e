import { beforeAll, describe, expect, test } from "vitest";
import { catalog, loadOpTables } from "../../planner-data.ts";
import { EXAMPLE_PLAN, parsePlan } from "../domain/parse-plan.ts";
import { vocabularyOf } from "../domain/plan-vocabulary.ts";
import type { Plan } from "../domain/plan.ts";
import { evaluate } from "../model/evaluate.ts";
import { modelFacts, type SearchFacts } from "./family-facts.ts";
import { frontier } from "./frontier.ts";
import { findLevers } from "./levers.ts";
import { variationsOf } from "./variations.ts";

let facts: SearchFacts;

beforeAll(async () => {
  const opTables = new Map();
  for (const id of catalog.accelerators.keys()) {
    const tables = await loadOpTables(id);
    if (tables) opTables.set(id, tables);
  }
  facts = { catalog, opTables };
});

const estimateOf = (plan: Plan) => evaluate(plan, modelFacts(facts, plan.cluster.accelerator));

const LLAMA: Plan = {
  ...EXAMPLE_PLAN,
  engine: "llama.cpp",
  weights: "gguf:Q4_K_M",
  layout: { ...EXAMPLE_PLAN.layout, tp: 1, pp: 8 },
  workload: { ...EXAMPLE_PLAN.workload, concurrency: 2 },
};

describe("levers", () => {
  test.each([
    ["the example", EXAMPLE_PLAN],
    ["llama.cpp", LLAMA],
    ["an SLO that the plan breaks", { ...EXAMPLE_PLAN, slo: { tpotMs: 12 } }],
  ])("of %s: fit, keep what the plan keeps, and their numbers are evaluate's", (_, plan) => {
    const before = estimateOf(plan);
    const levers = findLevers(plan, facts, 8);
    expect(levers.length).toBeGreaterThan(1);
    expect(new Set(levers.map(({ kind }) => kind)).size).toBe(levers.length);
    for (const lever of levers) {
      const { fits, performance, cost } = estimateOf(lever.plan);
      expect(fits, lever.title).toBe(true);
      expect(parsePlan(lever.plan, vocabularyOf(catalog)).ok).toBe(true);
      expect(lever.tokensPerSecondPerUser).toBe(performance?.outputTokensPerSecondPerUser.value);
      expect(lever.usdPerMillionOutputTokens).toBe(cost?.usdPerMillionOutputTokens);
      const total = performance?.outputTokensPerSecond.value ?? 0;
      expect(lever.totalChange).toBe(total / (before.performance?.outputTokensPerSecond.value ?? 0) - 1);
      expect(lever.reason.length).toBeGreaterThan(10);
    }
  });

  test("an SLO that can be repaired is repaired by the first lever", () => {
    const plan = {
      ...EXAMPLE_PLAN,
      slo: { tpotMs: 0.8 * (estimateOf(EXAMPLE_PLAN).performance?.tpotMs.value ?? 0) },
    };
    expect(findLevers(plan, facts, 3)[0]?.meetsSlo).toBe(true);
  });

  test("where users wait for the cache, the example's layout lever says what the cache gains", () => {
    const many = { ...EXAMPLE_PLAN, workload: { ...EXAMPLE_PLAN.workload, concurrency: 1024 } };
    const lever = findLevers(many, facts, 10).find(({ kind }) => kind === "layout");
    expect(lever?.title).toMatch(/DP attention/);
    expect(lever?.reason).toMatch(/^(\+\d+\s%|[\d.]+x the) cache/);
  });

  test("every variation is a plan", () => {
    for (const plan of [EXAMPLE_PLAN, LLAMA]) {
      for (const { plan: other, title } of variationsOf(plan, catalog)) {
        expect(parsePlan(other, vocabularyOf(catalog)), title).toMatchObject({ ok: true });
      }
    }
  });

  test("the same plan gives the same levers, and no more than asked for", () => {
    expect(findLevers(EXAMPLE_PLAN, facts, 3)).toEqual(findLevers(EXAMPLE_PLAN, facts, 3));
    expect(findLevers(EXAMPLE_PLAN, facts, 2)).toHaveLength(2);
  });
});

describe("frontier", () => {
  test("points are evaluate's, for the plan and its alternatives", () => {
    const series = frontier(EXAMPLE_PLAN, facts);
    expect(series.length).toBeGreaterThan(2);
    for (const { plan, points } of series) {
      expect(points.length).toBeGreaterThan(8);
      for (const point of points) {
        const loaded = { ...plan, workload: { ...plan.workload, concurrency: point.users } };
        const { fits, performance } = estimateOf(loaded);
        expect(point.fits).toBe(fits);
        expect(point.ttftMs).toBe(performance?.ttftMs.value);
        expect(point.tokensPerSecondPerUser).toBe(performance?.outputTokensPerSecondPerUser.value);
        expect(point.tokensPerSecondPerAccelerator).toBe(
          performance?.outputTokensPerSecondPerAccelerator.value,
        );
        expect(point.basis).toBe(performance?.tpotMs.basis);
      }
    }
  });

  test("while the cache holds them, more users are slower each and more together", () => {
    const [own] = frontier(EXAMPLE_PLAN, facts);
    const points = (own?.points ?? []).filter(({ fits }) => fits);
    expect(points.length).toBeGreaterThan(6);
    for (let i = 1; i < points.length; i++) {
      const [before, after] = [points[i - 1], points[i]];
      expect(after?.tokensPerSecondPerUser).toBeLessThanOrEqual(
        (before?.tokensPerSecondPerUser ?? 0) * (1 + 1e-9),
      );
      expect(after?.tokensPerSecondPerAccelerator).toBeGreaterThan(
        (before?.tokensPerSecondPerAccelerator ?? 0) * (1 - 1e-9),
      );
    }
  });

  test("a plan of an arrival rate has one too; a plan without a speed has no points", () => {
    const { concurrency: _, ...workload } = EXAMPLE_PLAN.workload;
    const rate = frontier({ ...EXAMPLE_PLAN, workload: { ...workload, requestsPerSecond: 1 } }, facts);
    expect(rate[0]?.points.length).toBeGreaterThan(8);
    const unknown = frontier({ ...EXAMPLE_PLAN, weights: "gguf:Q4_K_M" }, facts);
    expect(unknown).toEqual([expect.objectContaining({ points: [] })]);
  });
});
