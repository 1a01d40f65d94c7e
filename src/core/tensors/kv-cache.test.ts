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
