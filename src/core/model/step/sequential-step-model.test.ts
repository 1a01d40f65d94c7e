import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { catalog } from "../../../planner-data.ts";
import type { Accelerator, Host } from "../../domain/catalog.ts";
import type { StepModelInput } from "../../domain/step-model.ts";
import { unit } from "../../units/quantity.ts";
import { createSequentialStepModel } from "./sequential-step-model.ts";
import { weightsFromFileSize } from "./sequential-weights.ts";

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("not in the catalog");
  return value;
}

const engine = present(catalog.engines.get("llama.cpp"));
const base: StepModelInput = {
  architecture: present(catalog.models.get("deepseek-v3")).architecture,
  engine,
  engineVersion: present(engine.versions.find((v) => v.version === engine.current)),
  weights: present(catalog.weightFormats.get("gguf:Q4_K_M")),
  kvCache: "f16",
  accelerator: present(catalog.accelerators.get("h200-sxm")),
  acceleratorsPerNode: 8,
  sockets: 1,
  tp: 1,
  pp: 8,
  dpAttention: 1,
  ep: 1,
  dcp: 1,
  experts: "gpu",
  speculative: "off",
  options: {},
  opTables: null,
};
const slice = (moeLayers: number): StepModelInput => ({
  ...base,
  architecture: { ...base.architecture, layerCount: 1 + moeLayers, denseLayerCount: 1 },
});
const faster = (a: Accelerator, by: number): Accelerator => ({
  ...a,
  memoryBandwidth: { ...a.memoryBandwidth, value: unit.bytesPerSecond(a.memoryBandwidth.value * by) },
});

describe("measured on one H200, llama.cpp v0.5.0, full-size layers", () => {
  // own measurement of 2026-11-23: Q4_K_M, one dense layer and 2 or 6 MoE layers
  test.each([
    [2, 0, 709.32],
    [6, 0, 365.26],
    [6, 32768, 314.74],
  ])("%i MoE layers at depth %i decode %f tokens/s, within 10 %%", (layers, depth, measured) => {
    const ms = createSequentialStepModel(slice(layers)).decodeMs(1, depth + 32);
    expect(Math.abs(1e3 / ms / measured - 1)).toBeLessThan(0.1);
  });

  test("32 sequences on 6 layers decode 1398 tokens/s, within 15 %", () => {
    const ms = createSequentialStepModel(slice(6)).decodeMs(32, 544);
    expect(Math.abs(32e3 / ms / 1398.28 - 1)).toBeLessThan(0.15);
  });

  test("a prompt of 4096 in micro-batches of 512 on 6 layers: 4401 tokens/s, within 15 %", () => {
    const model = createSequentialStepModel({ ...slice(6), options: { ubatch: 512 } });
    expect(Math.abs(4096e3 / model.prefillMs(1, 4096, 0) / 4401.46 - 1)).toBeLessThan(0.15);
  });
});

describe("published", () => {
  test("eight MI300X under llama.cpp b6662, Q4_K_M: 42.94 tokens/s, within 15 %", () => {
    const model = createSequentialStepModel({
      ...base,
      accelerator: present(catalog.accelerators.get("mi300x")),
      engineVersion: { ...base.engineVersion, date: "2025-10" },
    });
    expect(Math.abs(1e3 / model.decodeMs(1, 32) / 42.94 - 1)).toBeLessThan(0.15);
  });
});

describe("as physics has it", () => {
  const cases: readonly (readonly [string, StepModelInput])[] = [
    ["GPU", base],
    ["hybrid", { ...base, host: present(catalog.hosts.get("epyc-9005-1s")), experts: "cpu", pp: 1 }],
  ];
  test.each(cases)("%s: more bandwidth is never slower, more depth and users never faster", (_, input) => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 64 }),
        fc.integer({ min: 1, max: 100_000 }),
        fc.double({ min: 1, max: 4, noNaN: true }),
        (batch, depth, by) => {
          const model = createSequentialStepModel(input);
          const quick = createSequentialStepModel({
            ...input,
            accelerator: faster(present(input.accelerator), by),
          });
          const ms = model.decodeMs(batch, depth);
          expect(quick.decodeMs(batch, depth)).toBeLessThanOrEqual(ms * (1 + 1e-9));
          expect(model.decodeMs(batch, depth + 1000)).toBeGreaterThan(ms);
          expect(model.decodeMs(batch + 1, depth)).toBeGreaterThan(ms);
        },
      ),
      { numRuns: 100 },
    );
  });

  test("experts in host memory are slower than on the GPU, and slower the more of them there are", () => {
    const host: Host = present(catalog.hosts.get("epyc-9005-1s"));
    const ms = (experts: StepModelInput["experts"]) =>
      createSequentialStepModel({ ...base, host, experts }).decodeMs(1, 1024);
    expect(ms({ cpuLayers: 20 })).toBeGreaterThan(ms("gpu"));
    expect(ms("cpu")).toBeGreaterThan(ms({ cpuLayers: 20 }));
  });

  test("no operator is faster than its bytes at full bandwidth", () => {
    for (const row of createSequentialStepModel(base).decode(1, 4096).operators) {
      expect(row.ms).toBeGreaterThanOrEqual(row.limitMs ?? 0);
    }
  });
});

test("parts of a file of known size add up to it", () => {
  const { architecture: a } = base;
  const w = weightsFromFileSize(a, 384e9);
  const moe = a.layerCount - a.denseLayerCount;
  const sum =
    moe * (w.expertsPerLayer + w.sharedPerLayer) +
    a.layerCount * w.attentionPerLayer +
    a.denseLayerCount * w.densePerLayer +
    2 * w.head;
  expect(sum / 384e9).toBeCloseTo(1, 9);
});

test("what cannot be known is thrown, not guessed", () => {
  const { accelerator: _none, ...cpu } = base;
  expect(() => createSequentialStepModel({ ...cpu, experts: "cpu" })).toThrow(/bandwidth/);
});
