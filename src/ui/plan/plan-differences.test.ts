import { expect, it } from "vitest";
import { EXAMPLE_PLAN } from "../../core/domain/parse-plan.ts";
import type { Plan } from "../../core/domain/plan.ts";
import { namesOf } from "./directory-names.ts";
import { planDifferences } from "./plan-differences.ts";

const names = namesOf(null);
const labelled = (...plans: readonly Plan[]) =>
  planDifferences(plans, names).differing.map(({ label, values }) => [label, ...values]);

it("names what differs in the editor's words and order, and keeps the rest apart", () => {
  const other: Plan = {
    ...EXAMPLE_PLAN,
    weights: "nvfp4",
    engine: "tensorrt-llm",
    workload: { ...EXAMPLE_PLAN.workload, concurrency: 1500 },
    slo: {},
  };
  expect(labelled(EXAMPLE_PLAN, other)).toEqual([
    ["weights", "FP8", "NVFP4"],
    ["engine", "SGLang", "TensorRT-LLM"],
    ["users at once", "64", "1,500"],
    ...(EXAMPLE_PLAN.slo.ttftMs === undefined ? [] : [["first token within", "2,000", "no limit"]]),
    ...(EXAMPLE_PLAN.slo.tpotMs === undefined ? [] : [["time per token within", "50", "no limit"]]),
  ]);
  const { same } = planDifferences([EXAMPLE_PLAN, other], names);
  expect(same.map(({ path }) => path)).toContain("cluster.accelerator");
  expect(same.map(({ path }) => path)).not.toContain("weights");
});

it("says what an absent field means, and takes a field without a label by its path", () => {
  const rate: Plan = {
    ...EXAMPLE_PLAN,
    workload: { inputTokens: 1024, outputTokens: 1024, prefixHitRate: 0, requestsPerSecond: 2.5 },
    options: {
      ...EXAMPLE_PLAN.options,
      memFraction: 0.9,
      tensorTypes: [
        { pattern: "attn_", type: "q8_0" },
        { pattern: "ffn_", type: "q4_K" },
      ],
    },
    target: "slurm",
  };
  expect(labelled(EXAMPLE_PLAN, rate)).toEqual([
    ["users at once", "64", "none"],
    ["or requests a second", "none", "2.5"],
    ["kit for", "none", "slurm"],
    ["memory fraction", "default", "0.9"],
    ["options.tensorTypes", "default", "2 rules"],
  ]);
});

it("finds nothing between a plan and itself", () => {
  expect(labelled(EXAMPLE_PLAN, structuredClone(EXAMPLE_PLAN))).toEqual([]);
});
