import { expect, test } from "vitest";
import { DEEPSEEK_V3 } from "../../tensors/deepseek-v3.fixture.ts";
import { GIB } from "../../units/quantity.ts";
import { activationPeak, type ActivationInput } from "./activation-peak.ts";

const input: ActivationInput = {
  architecture: DEEPSEEK_V3,
  tokens: 8192,
  tp: 8,
  dpAttention: 1,
  ep: 1,
  logitRows: 1024,
  groupedGemm: true,
};

test("8,192 tokens at TP 8 with grouped GEMMs", () => {
  // three hidden states of 117 MB and two workspaces of (65,536 + 256 * 127) rows of 14,336 bytes
  const byHand = 3 * 8192 * 14_336 + 2 * (65_536 + 256 * 127) * 14_336;
  expect(activationPeak(input)).toBe(byHand);
  expect(byHand / GIB).toBeCloseTo(2.95, 2);
});

test("more tokens never take less, and few tokens leave the logits as the peak", () => {
  const at = (tokens: number) => activationPeak({ ...input, tokens, groupedGemm: false });
  for (const [few, many] of [
    [256, 512],
    [2048, 4096],
    [8192, 16_384],
  ] as const) {
    expect(at(many)).toBeGreaterThanOrEqual(at(few));
  }
  expect(at(16)).toBe(1024 * 129_280 * 6);
});

test("whole attention heads under DP attention take more than an eighth of them", () => {
  const plain = { ...input, groupedGemm: false, logitRows: 1 };
  expect(activationPeak({ ...plain, dpAttention: 8, ep: 8 })).toBeGreaterThan(activationPeak(plain));
});
