import { expect, test } from "vitest";
import { catalog } from "../../../planner-data.ts";
import type { StepModelInput } from "../../domain/step-model.ts";
import { stepInput } from "./testing/step-input.ts";
import { readBytesPerMs } from "./sequential-unpack.ts";

const MEMORY = 3.8e12;

function rate(
  weights: string,
  accelerator = "h200-sxm",
  memory = MEMORY,
  options: StepModelInput["options"] = {},
): number {
  const format = catalog.weightFormats.get(weights);
  const gpu = catalog.accelerators.get(accelerator);
  if (format === undefined || gpu === undefined) throw new Error("not in the catalog");
  const input: StepModelInput = { ...stepInput("h200-sxm", null, {}), weights: format, options };
  return readBytesPerMs(input, gpu, memory) * 1e3;
}

test("low-bit types are held up by unpacking, not by memory", () => {
  expect(rate("gguf:Q3_K_M")).toBeLessThan(0.6 * rate("gguf:Q4_K_M"));
  expect(rate("gguf:Q3_K_M", "h200-sxm", 2 * MEMORY)).toBeLessThan(1.1 * rate("gguf:Q3_K_M"));
});

test("unquantized files are read at the memory's rate", () => {
  expect(rate("gguf:BF16")).toBeCloseTo(MEMORY, -6);
});

test("a GPU whose memory is slow for its units is held up by memory in every type", () => {
  const slow = 0.7e12;
  expect(rate("gguf:Q4_K_M", "rtx-4090", slow)).toBeCloseTo(slow, -9);
});

test("types named by tensor are unpacked at their own rate", () => {
  const tensorTypes = [{ pattern: "_exps", type: "q3_K" }] as const;
  const mixed = rate("gguf:Q4_K_M", "h200-sxm", MEMORY, { tensorTypes });
  expect(mixed).toBeLessThan(0.7 * rate("gguf:Q4_K_M"));
});
