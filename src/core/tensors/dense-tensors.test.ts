import { describe, expect, test } from "vitest";
import { countDenseParameters, listDenseTensors } from "./dense-tensors.ts";
import { quantizeDense } from "./dense-gguf.ts";
import { DENSE } from "./dense.fixture.ts";

describe("tensors of a dense model", () => {
  test.each([
    ["llama-3.2-3b", 3_212_749_824, 255],
    ["qwen3-8b", 8_190_735_360, 399],
    ["r1-distill-qwen-1.5b", 1_777_088_000, 339],
    ["r1-distill-llama-70b", 70_553_706_496, 724],
    ["gemma-3-1b", 999_885_952, 340],
    ["phi-4-mini", 3_836_021_760, 196],
  ] as const)("%s has %d parameters in %d tensors", (id, parameters, tensors) => {
    expect(countDenseParameters(DENSE[id]).total).toBe(parameters);
    expect(listDenseTensors(DENSE[id])).toHaveLength(tensors);
  });

  test("a tied head is counted once and multiplied with all the same", () => {
    const { total, multiplied, embedding } = countDenseParameters(DENSE["llama-3.2-3b"]);
    expect(total - multiplied).toBe(3072 * (2 * 28 + 1));
    expect(embedding).toBe(3072 * 128256);
    const untied = countDenseParameters({ ...DENSE["llama-3.2-3b"], tiedEmbedding: false });
    expect(untied.total - total).toBe(embedding);
    expect(untied.multiplied).toBe(multiplied);
  });

  test("a published file holds these tensors and a tokenizer of under 10 MB", () => {
    const published = 2_019_377_696; // bartowski/Llama-3.2-3B-Instruct-GGUF, Q4_K_M
    const own = quantizeDense(DENSE["llama-3.2-3b"], "Q4_K_M", true).reduce((sum, t) => sum + t.bytes, 0);
    expect(own).toBe(2_011_539_712);
    expect(published - own).toBeGreaterThan(0);
    expect(published - own).toBeLessThan(10e6);
  });
});
