import { describe, expect, it } from "vitest";
import { EXAMPLE_PLAN } from "../../../core/domain/parse-plan.ts";
import { GGML_TYPES } from "../../../core/tensors/ggml-types.ts";
import { MIX_PRESETS, moveRule, RULE_TYPES, ruleFaults, withRules, type MixRules } from "./mix-rules.ts";

const rules: MixRules = [
  { pattern: "attn_", type: "q8_0" },
  { pattern: "ffn_down_exps", type: "q6_K" },
];

describe("rules of a mix", () => {
  it("offers every type that a plan may name, largest first", () => {
    expect(RULE_TYPES.toSorted()).toEqual(Object.keys(GGML_TYPES).sort());
    const bits = RULE_TYPES.map((type) => GGML_TYPES[type].blockBytes / GGML_TYPES[type].blockElements);
    expect(bits).toEqual(bits.toSorted((a, b) => b - a));
  });

  it("starts from patterns that a plan takes", () => {
    for (const preset of MIX_PRESETS) expect(ruleFaults(preset.rules).every((of) => of === null)).toBe(true);
  });

  it("says what is wrong with a pattern", () => {
    expect(ruleFaults([{ pattern: "(", type: "q8_0" }, ...rules])).toEqual([
      "The pattern is no regular expression.",
      null,
      null,
    ]);
  });

  it("moves within the list and not out of it", () => {
    expect(moveRule(rules, 1, -1).map(({ type }) => type)).toEqual(["q6_K", "q8_0"]);
    expect(moveRule(rules, 0, -1)).toBe(rules);
    expect(moveRule(rules, 1, 1)).toBe(rules);
  });

  it("leaves no empty list in the plan", () => {
    const plan = withRules(EXAMPLE_PLAN, rules);
    expect(plan.options.tensorTypes).toBe(rules);
    expect(withRules(plan, []).options).toEqual({});
  });
});
