import fc from "fast-check";
import { expect, test } from "vitest";
import { catalog } from "../../../planner-data.ts";
import type { MemoryEstimate } from "../../domain/estimate.ts";
import { parsePlan } from "../../domain/parse-plan.ts";
import { vocabularyOf } from "../../domain/plan-vocabulary.ts";
import { estimateMemory } from "./estimate-memory.ts";

const vocabulary = vocabularyOf(catalog);
const oneOf = (ids: Iterable<string>) => fc.constantFrom(...ids);
const size = fc.constantFrom(1, 2, 3, 4, 6, 8, 16, 32, 61, 62, 64);
const instance = fc.record({ gpus: size, tp: size, pp: size, dpAttention: size, ep: size });

const written = fc.record({
  version: fc.constant(1),
  goal: fc.constant("serve"),
  model: oneOf(vocabulary.models),
  weights: oneOf(vocabulary.weights),
  kvCache: fc.constantFrom("bf16", "fp8", "f16", "q8_0", "q4_0", undefined),
  engine: oneOf(vocabulary.engines),
  cluster: fc.record({
    accelerator: oneOf(vocabulary.accelerators),
    acceleratorsPerNode: fc.constantFrom(0, 1, 2, 4, 8),
    nodes: fc.constantFrom(1, 2, 4),
    hostMemoryGiB: fc.constantFrom(undefined, 64, 1024),
  }),
  layout: fc.record({
    tp: size,
    pp: size,
    dpAttention: size,
    ep: size,
    dcp: fc.constantFrom(1, 2, 8),
    replicas: fc.constantFrom(1, 2),
    experts: fc.constantFrom("gpu", "cpu", { cpuLayers: 20 }),
    disaggregated: fc.oneof(
      fc.constant(null),
      fc.record({ prefill: instance, decode: instance, prefillReplicas: size, decodeReplicas: size }),
    ),
  }),
  workload: fc.record({
    inputTokens: fc.integer({ min: 1, max: 200_000 }),
    outputTokens: fc.integer({ min: 1, max: 20_000 }),
    concurrency: fc.integer({ min: 1, max: 5000 }),
    prefixHitRate: fc.constantFrom(0, 0.37, 1),
  }),
  speculative: fc.constantFrom("off", "mtp1", "mtp3"),
  options: fc.record({ weightsBytes: fc.constant(250_000_000_000), slots: fc.constantFrom(undefined, 1, 7) }),
});

/** Most random plans are refused; these mostly fit, so that what is promised of a fit is tried. */
const likely = written.map((input) => ({
  ...input,
  weights: input.engine.includes("llama") || input.engine === "ollama" ? "gguf:Q4_K_M" : "fp8",
  engine: input.engine === "mlx" ? "vllm" : input.engine,
  kvCache: undefined,
  cluster: { accelerator: "b300-sxm", acceleratorsPerNode: 8, nodes: 1 },
  layout: { experts: input.engine === "ktransformers" ? "cpu" : "gpu" },
  workload: { ...input.workload, inputTokens: 1 + (input.workload.inputTokens % 4000) },
  speculative: "off",
}));

function holds(memory: MemoryEstimate, fits: boolean): void {
  for (const rank of memory.ranks) {
    const { weights, kvCache, activations, runtime, total, capacity } = rank;
    for (const bytes of [weights, kvCache, activations, runtime]) expect(bytes).toBeGreaterThanOrEqual(0);
    expect(total).toBeCloseTo(weights + kvCache + activations + runtime, 0);
    expect(Number.isFinite(total + capacity)).toBe(true);
    if (fits) expect(total).toBeLessThanOrEqual(capacity);
  }
  if (!fits) return;
  expect(memory.kvCacheTokens).toBeGreaterThanOrEqual(memory.kvCacheTokensNeeded);
  expect(memory.concurrencyLimit).toBeGreaterThanOrEqual(1);
}

test("any plan gets an estimate or the reason why not, in finite numbers that add up", () => {
  let fitting = 0;
  fc.assert(
    fc.property(fc.oneof(written, likely), (input) => {
      const plan = parsePlan(JSON.parse(JSON.stringify(input)), vocabulary);
      if (!plan.ok) throw new Error(`${plan.error.path}: ${plan.error.problem}`);
      const { memory, infeasible } = estimateMemory(plan.value, catalog);
      if (memory === null) expect(infeasible.length).toBeGreaterThan(0);
      else if (infeasible.length === 0) fitting += 1;
      if (memory !== null) holds(memory, infeasible.length === 0);
    }),
    { numRuns: 1000, seed: 671 },
  );
  expect(fitting).toBeGreaterThan(100);
});
