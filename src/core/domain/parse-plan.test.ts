import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EXAMPLE_PLAN, parsePlan } from "./parse-plan.ts";
import { parseJson } from "./plan-checks.ts";
import type { PlanVocabulary } from "./plan-vocabulary.ts";
import { formatProblem } from "./problem.ts";

const vocabulary: PlanVocabulary = {
  models: new Set(["deepseek-v3", "deepseek-v3-0324"]),
  weights: new Set(["fp8", "gguf:Q4_K_M", "gguf:custom"]),
  engines: new Set(["sglang", "vllm", "llama.cpp"]),
  accelerators: new Set(["h200-sxm", "h100-sxm"]),
  hosts: new Set(["xeon-5th-2s"]),
  fabrics: new Set(["nvlink4"]),
};

/** The example with one field replaced, by dotted path; `undefined` removes it. */
function withField(path: string, value: unknown): unknown {
  const plan = structuredClone(EXAMPLE_PLAN) as unknown as Record<string, unknown>;
  const keys = path.split(".");
  let at = plan;
  for (const key of keys.slice(0, -1)) at = at[key] as Record<string, unknown>;
  const last = keys.at(-1) ?? "";
  if (value === undefined) Reflect.deleteProperty(at, last);
  else at[last] = value;
  return plan;
}

function problemLine(input: unknown): string {
  const result = parsePlan(input, vocabulary);
  return result.ok ? "accepted" : formatProblem(result.error);
}

describe("parsePlan", () => {
  it("keeps a complete plan as it is", () => {
    expect(parsePlan(EXAMPLE_PLAN, vocabulary)).toEqual({ ok: true, value: EXAMPLE_PLAN });
  });

  it("keeps lists as lists", () => {
    const tensorTypes = [{ pattern: "attn_", type: "q8_0" }];
    const parsed = parsePlan(withField("options", { tensorTypes }), vocabulary);
    expect(parsed.ok && parsed.value.options).toEqual({ tensorTypes });
  });

  it.each([
    ["model", "deepseek-v3-324", 'model: unknown id "deepseek-v3-324"; did you mean "deepseek-v3-0324"?'],
    ["engine", "tgi", 'engine: unknown id "tgi"'],
    ["cluster.accelerator", "h200", 'cluster.accelerator: unknown id "h200"'],
    ["model", undefined, "model: required, and missing"],
    ["workload.inputTokens", undefined, "workload.inputTokens: required, and missing"],
    ["layout.tp", -3, "layout.tp: must be at least 1, got -3"],
    ["layout.tp", 2.5, "layout.tp: expected a whole number, got 2.5"],
    ["layout.tp", "8", 'layout.tp: expected number, got "8"'],
    ["cluster.nodes", 1e9, "cluster.nodes: must be at most 4,096, got 1000000000"],
    ["workload.prefixHitRate", 1.5, "workload.prefixHitRate: must be at most 1, got 1.5"],
    ["options.memFraction", 0, "options.memFraction: must be more than 0, got 0"],
    ["options.bogus", 1, "options.bogus: unknown field"],
    ["kvCache", "fp16", /^kvCache: expected .*, got "fp16"$/],
    [
      "workload.requestsPerSecond",
      3,
      "workload.requestsPerSecond: give either concurrency or requestsPerSecond",
    ],
    ["cluster.accelerator", undefined, "cluster.accelerator: required when acceleratorsPerNode is 8"],
    ["weights", "gguf:custom", 'options.weightsBytes: required with weights "gguf:custom"'],
    ["version", 2, "version: this plan is of version 2, and this Fathom reads plans up to version 1"],
    ["goal", "finetune", 'goal: expected a "serve" plan here, got "finetune"'],
    ["slo", 7, "slo: expected an object, got 7"],
  ])("names the field: %s = %s", (path, value, line) => {
    if (line instanceof RegExp) expect(problemLine(withField(path, value))).toMatch(line);
    else expect(problemLine(withField(path, value))).toContain(line);
  });

  it("refuses what is no object", () => {
    expect(problemLine(null)).toBe("plan: expected a plan object, got null");
    expect(problemLine([1])).toBe("plan: expected a plan object, got a list");
    const text = parseJson('{"version": 1,');
    expect(text.ok).toBe(false);
    expect(!text.ok && formatProblem(text.error)).toMatch(/^plan: not JSON \(/);
  });

  it("fills the layout from the cluster: TP for tensor-parallel engines, a layer split for llama.cpp", () => {
    const sglang = parsePlan(withField("layout", undefined), vocabulary);
    expect(sglang.ok && sglang.value.layout).toMatchObject({ tp: 8, pp: 1, experts: "gpu" });
    const llama = parsePlan(
      { ...(withField("layout", undefined) as object), engine: "llama.cpp", weights: "gguf:Q4_K_M" },
      vocabulary,
    );
    expect(llama.ok && llama.value.layout).toMatchObject({ tp: 1, pp: 8 });
  });

  it("never throws, whatever the JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(typeof parsePlan(value, vocabulary).ok).toBe("boolean");
      }),
    );
  });

  it("is idempotent: a completed plan parses to itself", () => {
    const once = parsePlan(withField("layout", undefined), vocabulary);
    if (!once.ok) throw new Error(formatProblem(once.error));
    expect(parsePlan(once.value, vocabulary)).toEqual(once);
  });
});
