import { expect, test } from "vitest";
import { DEEPSEEK_V3 } from "./deepseek-v3.fixture.ts";
import { ggufReadMix } from "./gguf-read-mix.ts";

const MIX = { imatrix: false, mtpLayer: false };
const of = (type: Parameters<typeof ggufReadMix>[1], options: Parameters<typeof ggufReadMix>[2] = MIX) =>
  new Map(ggufReadMix(DEEPSEEK_V3, type, options).map((row) => [row.type, row]));

test("Q8_0 reads eight experts, the shared one and attention in one type", () => {
  const q8 = of("Q8_0").get("q8_0");
  const expert = 3 * 7168 * 2048;
  const attention = 7168 * (1536 + 576) + 1536 * 128 * 192 + 128 * 512 * 256 + 128 * 128 * 7168;
  expect(q8?.weights).toBe(58 * (9 * expert + attention));
  expect(q8?.bytes).toBe(((q8?.weights ?? 0) / 32) * 34);
});

test("Q4_K_M reads part of itself in Q6_K, and no token reads all experts", () => {
  const rows = of("Q4_K_M");
  const q4 = rows.get("q4_K");
  const q6 = rows.get("q6_K");
  expect(q4?.weights).toBeGreaterThan(q6?.weights ?? 0);
  const total = [...rows.values()].reduce((sum, { weights }) => sum + weights, 0);
  expect(total).toBeGreaterThan(33e9);
  expect(total).toBeLessThan(36e9);
});

test("types named by tensor are read as such, and not kept for files without them", () => {
  const overrides = [{ pattern: "_exps", type: "q4_K" }] as const;
  const mixed = of("Q8_0", { ...MIX, overrides });
  const expert = 3 * 7168 * 2048;
  expect(mixed.get("q4_K")?.weights).toBe(58 * 8 * expert);
  expect(of("Q8_0").has("q4_K")).toBe(false);
});
