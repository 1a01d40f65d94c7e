import { describe, expect, it } from "vitest";
import { EXAMPLE_PLAN } from "../src/core/domain/parse-plan.ts";
import type { OptionsPlan, Plan } from "../src/core/domain/plan.ts";
import { DEEPSEEK_V3 } from "../src/core/tensors/deepseek-v3.fixture.ts";
import { quantizeTensors } from "../src/core/tensors/quantize-tensors.ts";
import { tensorMix, weightsSize } from "./quantization-mix.ts";

const planOf = (options: OptionsPlan): Plan => ({ ...EXAMPLE_PLAN, weights: "gguf:Q4_K_M", options });
const mixOf = (options: OptionsPlan) => {
  const mix = tensorMix(DEEPSEEK_V3, planOf(options));
  if (!mix) throw new Error("no mix");
  return mix;
};

describe("a plan's own mix", () => {
  const tensorTypes: NonNullable<OptionsPlan["tensorTypes"]> = [
    { pattern: "attn_q_a", type: "q8_0" },
    { pattern: "attn_q", type: "q6_K" },
    { pattern: "attn_q_b", type: "f16" },
    { pattern: "ffn_gate_inp", type: "q8_0" },
  ];

  it("has the bytes of its rules, and those of the stock mix beside them", () => {
    const mix = mixOf({ tensorTypes });
    const tensors = quantizeTensors(DEEPSEEK_V3, "Q4_K_M", {
      ...{ imatrix: false, mtpLayer: false },
      overrides: tensorTypes,
    });
    expect(mix.bytes).toBe(tensors.reduce((sum, { bytes }) => sum + bytes, 0));
    expect(mix.stockBytes).toBe(404_488_847_360);
    expect(weightsSize(DEEPSEEK_V3, planOf({ tensorTypes }))?.bytes).toBe(mix.bytes);
    const attention = mix.groups.find(({ group }) => group === "attention");
    expect((attention?.bytes ?? 0) - (attention?.stockBytes ?? 0)).toBe(mix.bytes - mix.stockBytes);
  });

  it("counts what each rule decides: the first found, never norms or router", () => {
    expect(mixOf({ tensorTypes }).rules.map(({ tensors }) => tensors)).toEqual([61, 61, 0, 0]);
  });

  it("is the stock mix without rules", () => {
    const mix = mixOf({});
    expect([mix.rules, mix.bytes]).toEqual([[], mix.stockBytes]);
    expect(mix.groups.every((group) => group.bytes === group.stockBytes)).toBe(true);
  });
});
