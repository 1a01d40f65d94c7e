/** What must hold for any layout on any device: more work never takes less time, nothing beats physics. */
import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { OpTableSet } from "../../domain/op-tables.ts";
import type { StepModel } from "../../domain/step-model.ts";
import type { StepTime } from "../../domain/step.ts";
import { createGpuStepModel } from "./gpu-step-model.ts";
import { stepInput, tablesOf } from "./testing/step-input.ts";

const DEVICES = [
  "a100-80-sxm",
  "h100-sxm",
  "h200-sxm",
  "b200-sxm",
  "b300-sxm",
  "gb200",
  "gb300",
  "l40s",
  "rtx-pro-6000",
  "h20-141",
  "mi300x",
  "mi355x",
  "tpu-v7",
];
const WEIGHTS = ["bf16", "fp8", "int8", "nvfp4", "mxfp4", "awq-int4", "w4afp8"];
/** tp, dpAttention, ep, pp, dcp */
const LAYOUTS = [
  [8, 1, 1, 1, 1],
  [4, 1, 4, 1, 1],
  [8, 8, 8, 1, 1],
  [8, 8, 1, 1, 1],
  [16, 1, 1, 1, 1],
  [16, 8, 16, 1, 1],
  [32, 32, 32, 1, 1],
  [8, 1, 1, 2, 1],
  [8, 1, 1, 1, 8],
] as const;

const tables = new Map<string, OpTableSet | null>();
beforeAll(async () => {
  for (const id of DEVICES) tables.set(id, await tablesOf(id));
});

const models = fc
  .record({
    device: fc.constantFrom(...DEVICES),
    weightsId: fc.constantFrom(...WEIGHTS),
    engineId: fc.constantFrom("sglang", "tensorrt-llm", "vllm"),
    kvCache: fc.constantFrom("bf16" as const, "fp8" as const),
    layout: fc.constantFrom(...LAYOUTS),
    speculative: fc.constantFrom("off" as const, "mtp1" as const, "mtp3" as const),
  })
  .map(({ device, layout: [tp, dpAttention, ep, pp, dcp], ...rest }): StepModel =>
    createGpuStepModel(
      stepInput(device, tables.get(device) ?? null, { ...rest, tp, dpAttention, ep, pp, dcp }),
    ),
  );
const batch = fc.double({ min: 1, max: 4096, noNaN: true });
const context = fc.integer({ min: 1, max: 163_840 });
const more = fc.double({ min: 1, max: 8, noNaN: true });

const RUNS = { numRuns: 1500, seed: 20261124 };
const ROUNDING = 1 + 1e-9;

function limitOf(step: StepTime): number {
  return step.operators.reduce((sum, { limitMs = 0 }) => sum + limitMs, 0);
}

describe("any step", () => {
  it("is finite and takes time", () => {
    fc.assert(
      fc.property(models, batch, context, (model, b, c) => {
        expect(model.decodeMs(b, c)).toBeGreaterThan(0);
        expect(Number.isFinite(model.decodeMs(b, c) + model.prefillMs(1, c, 0))).toBe(true);
      }),
      RUNS,
    );
  });

  it("is never faster with more sequences or with more context", () => {
    fc.assert(
      fc.property(models, batch, context, more, (model, b, c, factor) => {
        const here = model.decodeMs(b, c);
        expect(model.decodeMs(b * factor, c) * ROUNDING).toBeGreaterThanOrEqual(here);
        expect(model.decodeMs(b, c * factor) * ROUNDING).toBeGreaterThanOrEqual(here);
      }),
      RUNS,
    );
  });

  it("prefills longer prompts in more time, with or without a cached prefix", () => {
    fc.assert(
      fc.property(models, context, more, fc.integer({ min: 0, max: 100_000 }), (model, n, factor, cached) => {
        const here = model.prefillMs(1, n, 0);
        expect(model.prefillMs(1, n * factor, 0) * ROUNDING).toBeGreaterThanOrEqual(here);
        expect(model.prefillMs(1, n, cached) * ROUNDING).toBeGreaterThanOrEqual(here);
      }),
      RUNS,
    );
  });

  it("has no operator below its physical limit", () => {
    fc.assert(
      fc.property(models, batch, context, (model, b, c) => {
        for (const step of [model.decode(b, c), model.prefill(1, c, 0)]) {
          for (const { id, ms, limitMs = 0 } of step.operators) {
            expect([id, ms * ROUNDING >= limitMs]).toEqual([id, true]);
          }
          expect(step.totalMs).toBeGreaterThan(limitOf(step));
        }
      }),
      RUNS,
    );
  });
});
