import { describe, expect, test } from "vitest";
import { DEEPSEEK_V3 } from "./deepseek-v3.fixture.ts";
import { quantizeTensors } from "./quantize-tensors.ts";

const options = { imatrix: false, mtpLayer: false };

describe("overrides", () => {
  test("decide before the mixing rules, for quantized tensors only", () => {
    const overrides = [{ pattern: "ffn_down_exps|ffn_norm", type: "q8_0" as const }];
    const tensors = quantizeTensors(DEEPSEEK_V3, "Q4_K_M", { ...options, overrides });
    const types = new Map(tensors.map((t) => [t.name, t.type]));
    expect(types.get("blk.30.ffn_down_exps.weight")).toBe("q8_0");
    expect(types.get("blk.30.ffn_norm.weight")).toBe("f32");
    expect(types.get("blk.30.ffn_up_exps.weight")).toBe("q4_K");
  });

  test.each(["(a+)+$", "(a|b)*c", "((x*))*", "a".repeat(201), "(.*a){12}"])(
    "a pattern that could take exponential time is refused: %s",
    (pattern) => {
      const overrides = [{ pattern, type: "q8_0" as const }];
      expect(() => quantizeTensors(DEEPSEEK_V3, "Q4_K_M", { ...options, overrides })).toThrow(RangeError);
    },
  );

  test.each(["blk\\.[3-9]\\.ffn_(up|gate)_exps", "attn_.*", "\\.ffn_(up|down|gate)_exps\\.weight$"])(
    "a usual pattern is taken: %s",
    (pattern) => {
      const overrides = [{ pattern, type: "q8_0" as const }];
      const tensors = quantizeTensors(DEEPSEEK_V3, "Q4_K_M", { ...options, overrides });
      expect(tensors.some((t) => t.type === "q8_0")).toBe(true);
    },
  );
});

test("a type whose blocks do not divide the rows of attn_k_b falls back", () => {
  const typeOf = (type: "Q4_K_M" | "Q6_K" | "IQ2_XS" | "TQ1_0"): string | undefined =>
    quantizeTensors(DEEPSEEK_V3, type, options).find((t) => t.name === "blk.9.attn_k_b.weight")?.type;
  expect([typeOf("Q4_K_M"), typeOf("Q6_K"), typeOf("IQ2_XS"), typeOf("TQ1_0")]).toEqual([
    "q5_0",
    "q8_0",
    "iq4_nl",
    "q4_0",
  ]);
});
