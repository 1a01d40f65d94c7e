import { describe, expect, it } from "vitest";
import { EXAMPLE_PLAN } from "../src/core/domain/parse-plan.ts";
import { planner } from "./planner-service.ts";
import { consequenceOfFailure } from "./consequence.ts";

const h100 = { ...EXAMPLE_PLAN, cluster: { ...EXAMPLE_PLAN.cluster, accelerator: "h100-sxm" } };

describe("planner service", () => {
  it("answers a table of plans in their order, with the numbers of the whole estimates", async () => {
    const [here, there] = await planner.compare([EXAMPLE_PLAN, h100]);
    const estimate = await planner.evaluate(EXAMPLE_PLAN);
    expect(here).toMatchObject({
      fits: true,
      reason: null,
      kvCacheTokens: estimate.memory?.kvCacheTokens,
      tokensPerSecond: estimate.performance?.outputTokensPerSecond.value,
    });
    expect(there).toMatchObject({ fits: false, impossible: false });
    expect(there!.reason).toMatch(/short/);
    expect(there!.spareBytes).toBeLessThan(0);
  });

  it("calls a layout that no machine could run impossible, not too big", async () => {
    const [row] = await planner.compare([{ ...EXAMPLE_PLAN, layout: { ...EXAMPLE_PLAN.layout, tp: 6 } }]);
    expect(row).toMatchObject({ fits: false, impossible: true });
  });

  it("finds nearby plans that fit, each with its consequences", async () => {
    const nearby = await planner.nearby(h100, 5);
    expect(nearby.length).toBeGreaterThan(2);
    for (const row of nearby) expect([row.consequence.fits, row.spareBytes >= 0]).toEqual([true, true]);
  });

  it("maps weights by accelerators", async () => {
    const map = await planner.fitMap(h100, ["fp8", "gguf:Q4_K_M"], ["h100-sxm", "h200-sxm"]);
    expect(map.map((row) => row.map((cell) => cell.fits))).toEqual([
      [false, true],
      [true, true],
    ]);
  });

  it("turns a stumble into a row with a reason", () => {
    expect(consequenceOfFailure(new Error("no table"))).toMatchObject({
      fits: false,
      reason: "cannot be told: no table",
    });
  });
});
