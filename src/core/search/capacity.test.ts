import { beforeAll, describe, expect, it } from "vitest";
import { catalog, loadOpTables } from "../../planner-data.ts";
import { EXAMPLE_PLAN } from "../domain/parse-plan.ts";
import type { Plan } from "../domain/plan.ts";
import { estimateMemory } from "../model/memory/estimate-memory.ts";
import { capacityMap } from "./capacity.ts";
import type { SearchFacts } from "./family-facts.ts";

let facts: SearchFacts;
beforeAll(async () => {
  facts = { catalog, opTables: new Map([["h200-sxm", (await loadOpTables("h200-sxm"))!]]) };
});

const mapOf = (plan: Plan) => capacityMap(plan, facts)!;

describe("capacity", () => {
  it("the own column holds as many users as the verdict says", () => {
    const { own } = mapOf(EXAMPLE_PLAN);
    const { memory } = estimateMemory(EXAMPLE_PLAN, catalog);
    expect([own.contextTokens, own.users]).toEqual([2048, 64]);
    expect(own.mostUsers).toBe(memory!.concurrencyLimit);
  });

  it("the last user fits and the next does not, at every context", () => {
    const { columns, longestContext } = mapOf(EXAMPLE_PLAN);
    expect(columns.at(-1)!.contextTokens).toBe(longestContext);
    for (const { contextTokens, mostUsers, cells } of columns) {
      for (const cell of cells)
        expect([contextTokens, cell.users, cell.fits]).toEqual([
          contextTokens,
          cell.users,
          cell.users <= mostUsers,
        ]);
    }
  });

  it("longer contexts hold fewer users, and users share the speed", () => {
    const { columns } = mapOf(EXAMPLE_PLAN);
    for (let i = 1; i < columns.length; i++) {
      expect(columns[i]!.mostUsers).toBeLessThanOrEqual(columns[i - 1]!.mostUsers);
    }
    const speeds = columns[2]!.cells.flatMap((cell) => cell.tokensPerSecondPerUser ?? []);
    expect(speeds.length).toBeGreaterThan(5);
    for (let i = 1; i < speeds.length; i++) expect(speeds[i]).toBeLessThan(speeds[i - 1]!);
  });

  it("DP attention holds several times the users, and a plan too big holds none", () => {
    const dp = { ...EXAMPLE_PLAN, layout: { ...EXAMPLE_PLAN.layout, dpAttention: 8, ep: 8 } };
    const most = mapOf(dp).own.mostUsers;
    const held = (concurrency: number) =>
      estimateMemory({ ...dp, workload: { ...dp.workload, concurrency } }, catalog).infeasible.length === 0;
    // Activations grow with the users, so this is less than what today's cache would hold.
    expect([held(most), held(most + 1)]).toEqual([true, false]);
    expect(most / mapOf(EXAMPLE_PLAN).own.mostUsers).toBeGreaterThan(3);
    const small = { ...EXAMPLE_PLAN, cluster: { ...EXAMPLE_PLAN.cluster, accelerator: "h100-sxm" } };
    expect(mapOf(small).columns.filter(({ mostUsers }) => mostUsers > 0)).toEqual([]);
  });
});
