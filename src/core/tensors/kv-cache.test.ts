import { expect, test } from "vitest";
import { DEEPSEEK_V3 } from "./deepseek-v3.fixture.ts";
import { kvBytesPerTokenLayer } from "./kv-cache.ts";

test.each([
  ["f32", 140_544],
  ["f16", 70_272],
  ["bf16", 70_272],
  ["q8_0", 37_332],
  ["fp8", 35_136],
  ["q5_1", 26_352],
  ["q5_0", 24_156],
  ["q4_1", 21_960],
  ["q4_0", 19_764],
  ["iq4_nl", 19_764],
] as const)("a token in %s over 61 layers takes %d bytes", (type, bytes) => {
  expect(61 * kvBytesPerTokenLayer(DEEPSEEK_V3, type)).toBe(bytes);
});

test("an indexer adds its key and keeps the rotary key wide", () => {
  const sparse = { ...DEEPSEEK_V3, indexer: { headCount: 64, headDim: 128, attendedTokens: 2048 } };
  expect(kvBytesPerTokenLayer(sparse, "fp8")).toBe(656 + 132);
  expect(kvBytesPerTokenLayer(sparse, "bf16")).toBe(1152 + 132);
  expect(kvBytesPerTokenLayer(sparse, "q8_0")).toBe(kvBytesPerTokenLayer(DEEPSEEK_V3, "q8_0"));
});
