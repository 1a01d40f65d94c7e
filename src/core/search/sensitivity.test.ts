import { beforeAll, describe, expect, it } from "vitest";
import { catalog, loadOpTables } from "../../planner-data.ts";
import { EXAMPLE_PLAN } from "../domain/parse-plan.ts";
import type { Sensitivity } from "../domain/sensitivity.ts";
import { evaluate } from "../model/evaluate.ts";
import type { SearchFacts } from "./family-facts.ts";
import { sensitivityOf } from "./sensitivity.ts";

let facts: SearchFacts;
let found: Sensitivity;
beforeAll(async () => {
  const h200 = (await loadOpTables("h200-sxm"))!;
  facts = { catalog, opTables: new Map([["h200-sxm", h200]]) };
  found = sensitivityOf(EXAMPLE_PLAN, facts)!;
});

const input = (id: string) => found.inputs.find((row) => row.id === id)!;

describe("sensitivity", () => {
  it("starts from the verdict's own numbers", () => {
    const { performance, cost } = evaluate(EXAMPLE_PLAN, {
      catalog,
      opTables: facts.opTables.get("h200-sxm")!,
    });
    expect(found.base.total).toEqual(performance!.outputTokensPerSecond);
    expect(found.base.cost).toEqual(cost!.ranges.usdPerMillionOutputTokens);
  });

  it("each case is the plan with that input changed, evaluated whole", () => {
    const [half, twice] = input("users").cases;
    expect([half!.plan.workload.concurrency, twice!.plan.workload.concurrency]).toEqual([32, 128]);
    const { performance } = evaluate(twice!.plan, { catalog, opTables: facts.opTables.get("h200-sxm")! });
    expect(twice!.figures.total).toBe(performance!.outputTokensPerSecond.value);
    expect(twice!.figures.total!).toBeGreaterThan(found.base.total!.value);
    expect(twice!.figures.perUser!).toBeLessThan(found.base.perUser!.value);
  });

  it("price moves cost and nothing else", () => {
    for (const { figures } of input("price").cases) {
      expect(figures.total).toBe(found.base.total!.value);
      expect(figures.cost).not.toBe(found.base.cost!.value);
    }
  });

  it("choices that do not fit are named, not drawn", () => {
    expect(input("weights").refused.join()).toMatch(/BF16/);
    for (const { cases, refused } of found.inputs) {
      expect(cases.every(({ figures }) => figures.total !== null)).toBe(true);
      expect(refused.filter((label) => cases.some((other) => other.label === label))).toEqual([]);
    }
  });

  it("accepted drafts are an input only where drafts are on", () => {
    expect(input("drafts")).toBeUndefined();
    const drafting = sensitivityOf({ ...EXAMPLE_PLAN, speculative: "mtp2" }, facts)!;
    const drafts = drafting.inputs.find(({ id }) => id === "drafts")!;
    expect(drafts.cases.map(({ plan }) => plan.options.acceptanceLength)).toEqual([1, 3]);
  });
});
