import fc from "fast-check";
import { expect, test } from "vitest";
import { splitLayers, splitLlamaLayers } from "./split-layers.ts";

test("what does not divide goes where the engine puts it", () => {
  expect(splitLayers(61, 4, "vllm")).toEqual([15, 15, 16, 15]);
  expect(splitLayers(61, 4, "sglang")).toEqual([15, 15, 15, 16]);
  expect(splitLayers(61, 4, "tensorrt-llm")).toEqual([16, 15, 15, 15]);
  expect(splitLayers(61, 2, "vllm")).toEqual([31, 30]);
  expect(splitLayers(22, 4, "vllm")).toEqual([5, 6, 6, 5]);
});

test("stages hold every layer and differ by one at most", () => {
  const engines = fc.constantFrom("vllm" as const, "sglang" as const, "tensorrt-llm" as const);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 61 }), engines, (pp, engine) => {
      const stages = splitLayers(61, pp, engine);
      expect(stages.reduce((sum, n) => sum + n, 0)).toBe(61);
      expect(Math.max(...stages) - Math.min(...stages)).toBeLessThanOrEqual(1);
    }),
  );
  expect(() => splitLayers(61, 62, "vllm")).toThrow(RangeError);
  expect(() => splitLayers(61, 0, "vllm")).toThrow(RangeError);
});

test("llama.cpp lays layers and output over devices in order", () => {
  const all = splitLlamaLayers(61, 99, [1, 1]);
  expect(all.length).toBe(62);
  expect(all.filter((device) => device === 0).length).toBe(31);
  expect(all[61]).toBe(1);
  const oneShort = splitLlamaLayers(61, 61, [1]);
  expect(oneShort[0]).toBe(-1);
  expect(oneShort[1]).toBe(0);
  expect(splitLlamaLayers(61, 99, [])).toEqual(new Array(62).fill(-1));
  expect(splitLlamaLayers(61, 99, [3, 2]).filter((device) => device === 0).length).toBe(38);
});
