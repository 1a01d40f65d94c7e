import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { vocabularyOf } from "../../../core/domain/plan-vocabulary.ts";
import { EXAMPLE_PLAN } from "../../../core/domain/parse-plan.ts";
import { catalog } from "../../../planner-data.ts";
import { readFind, START_VIEW, writeFind, type Find } from "./find-link.ts";
import { ownedByPlan, queryOfPlan } from "./query-of-plan.ts";

const vocabulary = vocabularyOf(catalog);
const start: Find = { query: queryOfPlan(EXAMPLE_PLAN), view: START_VIEW };

describe("what the search view asks, in the address", () => {
  it("starts from the plan's workload and limits", () => {
    expect(start.query.workload).toEqual(EXAMPLE_PLAN.workload);
    expect(start.query.slo).toEqual(EXAMPLE_PLAN.slo);
    expect(writeFind(start)).toBe("1~by:cheapest~m:deepseek-v3-0324~u:64~i:1024~o:1024~ttft:2000~tpot:50");
  });

  it("reads what it wrote", () => {
    const { concurrency: _, ...workload } = start.query.workload;
    const full: Find = {
      query: {
        ...start.query,
        objective: "smallest",
        workload: { ...workload, requestsPerSecond: 2.5, prefixHitRate: 0.5, contextDepth: 4096 },
        budget: { usdPerHour: 99.5, usdPerMillionOutputTokens: 2 },
        powerWatts: 20_000,
        price: { provider: "Horizon (via Shadeform) é", term: "spot" },
        owned: ownedByPlan({
          ...EXAMPLE_PLAN,
          cluster: { ...EXAMPLE_PLAN.cluster, host: "epyc-9005-2s", hostMemoryGiB: 768 },
        })!,
      },
      view: {
        sort: "speed",
        descending: true,
        facets: { weights: ["gguf:Q4_K_M", "fp8"], count: ["8", "16"], accelerator: ["none"] },
        brush: { usd: [0.5, 2], speed: [20, 40.5] },
      },
    };
    expect(readFind(writeFind(full), vocabulary)).toEqual({ ok: true, value: full });
    expect(writeFind(full)).toMatch(/^[A-Za-z0-9_.,:~-]+$/);
  });

  it.each([
    ["", "version"],
    ["2~u:64", "version"],
    [`${writeFind(start)}~u:65`, "unreadable"],
    [`${writeFind(start)}~colour:red`, "not known"],
    [`${writeFind(start)}~gpu:h2000`, "unknown id"],
    [`${writeFind(start)}~f-engine:emacs`, "unknown"],
    [`${writeFind(start)}~box:2,1,3,4`, "rising"],
    [`${writeFind(start)}~term:weekly`, "price.term"],
    [writeFind(start).replace("u:64", "u:0"), "concurrency"],
    [writeFind(start).replace("i:1024", "i:x"), "inputTokens"],
  ])("refuses %s", (text, why) => {
    const read = readFind(text, vocabulary);
    expect(read.ok).toBe(false);
    if (!read.ok) expect(`${read.error.path} ${read.error.problem}`).toContain(why);
  });

  test.prop([fc.string()])("never throws", (text) => {
    expect(typeof readFind(`1~${text}`, vocabulary).ok).toBe("boolean");
  });
});
