import { describe, expect, test } from "vitest";
import { catalog } from "../../planner-data.ts";
import { EXAMPLE_PLAN } from "../domain/parse-plan.ts";
import type { Plan } from "../domain/plan.ts";
import { estimateMemory } from "../model/memory/estimate-memory.ts";
import { fitMap } from "./nearby-fit-map.ts";
import { findNearbyPlans } from "./nearby.ts";

const onEight = (accelerator: string): Plan => ({
  ...EXAMPLE_PLAN,
  cluster: { ...EXAMPLE_PLAN.cluster, accelerator },
});

const llamaOn4H100: Plan = {
  ...EXAMPLE_PLAN,
  engine: "llama.cpp",
  weights: "gguf:Q4_K_M",
  cluster: { accelerator: "h100-sxm", acceleratorsPerNode: 4, nodes: 1, hostMemoryGiB: 1024 },
  layout: { ...EXAMPLE_PLAN.layout, tp: 1, pp: 4 },
};

const tooManyUsers: Plan = {
  ...EXAMPLE_PLAN,
  workload: { ...EXAMPLE_PLAN.workload, concurrency: 4000 },
};

const unfit: readonly (readonly [string, Plan])[] = [
  ["FP8 on 8 x H100", onEight("h100-sxm")],
  ["FP8 with SGLang on 8 x A100", onEight("a100-80-sxm")],
  ["Q4_K_M on 4 x H100", llamaOn4H100],
  ["4,000 users", tooManyUsers],
  ["BF16 on 8 x H200", { ...EXAMPLE_PLAN, weights: "bf16" }],
];

describe("findNearbyPlans", () => {
  test.each(unfit)("%s: every answer fits, says what changed, and comes again", (_, plan) => {
    expect(estimateMemory(plan, catalog).infeasible.length).toBeGreaterThan(0);
    const nearby = findNearbyPlans(plan, { catalog }, 5);
    expect(nearby).toHaveLength(5);
    for (const answer of nearby) {
      expect(estimateMemory(answer.plan, catalog).infeasible).toEqual([]);
      expect(answer.edits.length).toBeGreaterThan(0);
      expect(answer.spareBytes).toBeGreaterThanOrEqual(0);
    }
    expect(new Set(nearby.map(({ edits }) => JSON.stringify(edits))).size).toBe(5);
    expect(findNearbyPlans(plan, { catalog }, 5)).toEqual(nearby);
  });

  test("8 x H100 in FP8: H200 first, then two nodes, other weights, llama.cpp", () => {
    const nearby = findNearbyPlans(onEight("h100-sxm"), { catalog }, 4);
    expect(nearby[0]?.edits).toEqual([{ path: "cluster.accelerator", from: "h100-sxm", to: "h200-sxm" }]);
    expect(nearby[1]?.edits.map(({ path }) => path)).toEqual(["cluster.nodes", "layout.tp"]);
    expect(nearby[2]?.edits.map(({ path }) => path)).toEqual(["weights"]);
    expect(nearby[3]?.plan.engine).toBe("llama.cpp");
  });

  test("experts move to the host only where the plan knows its memory", () => {
    const experts = (plan: Plan) =>
      findNearbyPlans(plan, { catalog }, 12).some(({ edits }) =>
        edits.some(({ path }) => path === "layout.experts"),
      );
    expect(experts(llamaOn4H100)).toBe(true);
    const { hostMemoryGiB: _unknown, ...cluster } = llamaOn4H100.cluster;
    expect(experts({ ...llamaOn4H100, cluster })).toBe(false);
  });

  test("too many users: fewer of them is the first answer", () => {
    const [first] = findNearbyPlans(tooManyUsers, { catalog }, 1);
    expect(first?.edits).toEqual([{ path: "workload.concurrency", from: "4000", to: "256" }]);
  });
});

test("fitMap: the sign of the spare bytes is the verdict, unless hardware forbids", () => {
  const weights = ["bf16", "fp8", "awq-int4", "nvfp4", "gguf:Q4_K_M"];
  const rows = fitMap(onEight("h100-sxm"), catalog, weights, ["h100-sxm", "h200-sxm", "b300-sxm"]);
  expect(rows.map((row) => row.map(({ fits }) => fits))).toEqual([
    [false, false, true],
    [false, true, true],
    [true, true, true],
    [false, false, true],
    [true, true, true],
  ]);
  for (const cell of rows.flat()) {
    if (cell.reason === undefined) expect(cell.fits).toBe((cell.spareBytes ?? -1) >= 0);
  }
  expect(rows[4]?.[0]?.engine).toBe("llama.cpp");
});

test("a cut that no engine takes is mended by the plain one", () => {
  const crooked: Plan = { ...EXAMPLE_PLAN, layout: { ...EXAMPLE_PLAN.layout, tp: 6 } };
  const [first] = findNearbyPlans(crooked, { catalog }, 5);
  expect(first?.plan.layout).toMatchObject({ tp: 8, pp: 1 });
});
