import { describe, expect, it } from "vitest";
import { catalog } from "../../planner-data.ts";
import { EXAMPLE_PLAN } from "../domain/parse-plan.ts";
import type { Model } from "../domain/catalog.ts";
import type { Plan } from "../domain/plan.ts";
import { manifestOfPlan } from "./plan-manifest.ts";

const model = catalog.models.get("deepseek-v3-0324") as Model;
const gguf: Plan = { ...EXAMPLE_PLAN, engine: "llama.cpp", weights: "gguf:Q4_K_M" };

describe("manifestOfPlan", () => {
  it("follows the plan's own tensor types", () => {
    const stock = manifestOfPlan(gguf, model);
    const mixed = manifestOfPlan(
      { ...gguf, options: { tensorTypes: [{ pattern: "ffn_down_exps", type: "q2_K" }] } },
      model,
    );
    const downTypes = new Set(
      mixed?.tensors.filter(({ name }) => name.includes("ffn_down_exps")).map(({ type }) => type),
    );
    expect([...downTypes]).toEqual(["q2_K"]);
    expect(mixed?.tensorBytes).toBeLessThan(stock?.tensorBytes ?? 0);
  });

  it("says nothing of weights that no conversion makes", () => {
    expect(manifestOfPlan(EXAMPLE_PLAN, model)).toBeUndefined();
    expect(manifestOfPlan({ ...gguf, weights: "gguf:custom" }, model)).toBeUndefined();
  });
});
