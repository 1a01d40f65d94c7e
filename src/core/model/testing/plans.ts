/** Plans of every kind that speed is told for: engines, weights, accelerators, layouts, options. */
import fc from "fast-check";
import { catalog } from "../../../planner-data.ts";
import { parsePlan } from "../../domain/parse-plan.ts";
import type { Plan } from "../../domain/plan.ts";
import { vocabularyOf } from "../../domain/plan-vocabulary.ts";

const vocabulary = vocabularyOf(catalog);
const SERVER_WEIGHTS = ["bf16", "fp8", "int8", "nvfp4", "mxfp4", "awq-int4", "w4afp8"];
const FILES = ["gguf:Q4_K_M", "gguf:Q8_0", "gguf:Q2_K", "gguf:IQ4_XS"];
const instance = { gpus: 8, tp: 8, pp: 1 };
const POOLS = {
  prefill: { ...instance, dpAttention: 1, ep: 1 },
  decode: { ...instance, dpAttention: 8, ep: 8 },
  prefillReplicas: 1,
  decodeReplicas: 1,
};
/** Layouts of sixteen accelerators on two nodes. */
const LAYOUTS = [
  { tp: 8, replicas: 2 },
  { tp: 8, ep: 8, replicas: 2 },
  { tp: 8, dpAttention: 8, ep: 8, replicas: 2 },
  { tp: 8, dpAttention: 2, ep: 8, replicas: 2 },
  { tp: 8, pp: 2 },
  { tp: 8, dcp: 8, replicas: 2 },
  { tp: 16 },
  { tp: 16, dpAttention: 16, ep: 16 },
  { disaggregated: POOLS },
];

const options = fc.record(
  {
    chunkedPrefill: fc.constantFrom(1024, 8192, 16_384),
    maxRunningRequests: fc.constantFrom(4, 64, 512),
    schedulerInterval: fc.constantFrom(1, 10),
  },
  { requiredKeys: [] },
);

const served = fc.record({
  engine: fc.constantFrom("sglang", "vllm", "tensorrt-llm", "lmdeploy", "atom"),
  weights: fc.constantFrom(...SERVER_WEIGHTS),
  kvCache: fc.constantFrom("bf16", "fp8"),
  cluster: fc
    .constantFrom(...vocabulary.accelerators)
    .map((accelerator) => ({ accelerator, acceleratorsPerNode: 8, nodes: 2, fabric: "infiniband-400g" })),
  layout: fc.constantFrom(...LAYOUTS),
  speculative: fc.constantFrom("off", "off", "mtp1", "mtp3"),
  options,
});

const local = fc.record({
  engine: fc.constantFrom("llama.cpp", "ik_llama.cpp", "ollama", "ktransformers", "mlx"),
  weights: fc.constantFrom(...FILES),
  cluster: fc.record({
    accelerator: fc.constantFrom(...vocabulary.accelerators),
    acceleratorsPerNode: fc.constantFrom(1, 4, 8),
    nodes: fc.constant(1),
    host: fc.constantFrom("epyc-9005-1s", "xeon-5th-2s"),
    hostMemoryGiB: fc.constant(1024),
  }),
  layout: fc.record({ experts: fc.constantFrom("gpu", "cpu", { cpuLayers: 30 }) }),
  options: fc.record({ ubatch: fc.constantFrom(512, 2048) }, { requiredKeys: [] }),
});

/** Prompts that launches alone do not bind: below, the mean token's price of a mixed pass wavers (docs/simulation.md). */
const workload = fc.record({
  inputTokens: fc.integer({ min: 512, max: 16_000 }),
  outputTokens: fc.integer({ min: 64, max: 4000 }),
  contextDepth: fc.constantFrom(0, 0, 3000),
  prefixHitRate: fc.constantFrom(0, 0, 0.5),
  concurrency: fc.integer({ min: 1, max: 300 }),
});

/** Not all of them fit or have a speed: a test counts those that it held to its claim. */
export const plans: fc.Arbitrary<Plan> = fc
  .tuple(fc.oneof({ arbitrary: served, weight: 3 }, { arbitrary: local, weight: 1 }), workload)
  .map(([rest, load]) => {
    const input = { version: 1, goal: "serve", model: "deepseek-v3-0324", ...rest, workload: load };
    const plan = parsePlan(JSON.parse(JSON.stringify(input)), vocabulary);
    if (!plan.ok) throw new Error(`${plan.error.path}: ${plan.error.problem}`);
    return plan.value;
  });
