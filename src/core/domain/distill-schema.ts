/** Shape and bounds of a distillation plan as written: what has a default may be absent. */
import * as v from "valibot";
import { FINETUNE_METHODS } from "./finetune-plan.ts";
import {
  amount,
  clusterSchema,
  count,
  id,
  KV_CACHE_TYPES,
  layoutSchema,
  optionsSchema,
  priceSchema,
  SPECULATIVE_MODES,
  targetSchema,
} from "./plan-schema.ts";

const tokens = count(1, 10_000_000);
const samples = count(1, 1e12);

const teacher = v.strictObject({
  weights: id,
  kvCache: v.optional(v.picklist(KV_CACHE_TYPES)),
  engine: id,
  layout: v.optional(layoutSchema),
  options: v.optional(optionsSchema),
  speculative: v.optional(v.picklist(SPECULATIVE_MODES)),
});

const shared = v.optional(count(0, 10_000_000));

const job = v.strictObject({
  samples,
  promptTokens: tokens,
  answerTokens: tokens,
  samplesPerPrompt: v.optional(count(1, 10_000)),
  acceptanceRate: v.optional(amount(1e-6, 1)),
  sharedTokens: shared,
  concurrency: v.optional(count(1, 1_000_000)),
  judge: v.optional(
    v.strictObject({
      inputTokens: tokens,
      outputTokens: tokens,
      repeats: count(1, 10_000),
      sharedTokens: shared,
    }),
  ),
});

const axis = count(1, 10_000_000);

/** Read from a config.json by `readDenseConfig`; bounds keep sums finite. */
const architecture = v.strictObject({
  family: v.picklist(["llama", "qwen2", "qwen3", "gemma3", "phi3", "smollm3"]),
  hiddenSize: count(1, 131_072),
  intermediateSize: count(1, 1_048_576),
  layerCount: count(1, 512),
  headCount: count(1, 4096),
  kvHeadCount: count(1, 4096),
  headDim: count(1, 4096),
  vocabularySize: axis,
  tiedEmbedding: v.boolean(),
  maxContextTokens: axis,
  ropeTable: v.optional(count(1, 4096)),
  slidingWindow: v.optional(v.strictObject({ tokens: axis, globalEvery: count(1, 512) })),
});

const student = v.strictObject({
  id,
  architecture: v.optional(architecture),
  method: v.optional(v.picklist(FINETUNE_METHODS)),
  rank: v.optional(count(1, 2048)),
  gpu: id,
  count: v.optional(count(1, 4096)),
  epochs: v.optional(amount(0.001, 10_000)),
  sequenceTokens: v.optional(tokens),
  microBatch: v.optional(count(1, 4096)),
  globalBatch: v.optional(count(1, 1_000_000)),
  recompute: v.optional(v.boolean()),
  optimizer: v.optional(v.picklist(["adamw", "adamw-8bit", "adamw-bf16"])),
  fusedLoss: v.optional(v.boolean()),
  packing: v.optional(v.boolean()),
});

const edge = v.strictObject({
  device: id,
  weights: id,
  imatrix: v.optional(v.boolean()),
  contextTokens: v.optional(tokens),
  cache: v.optional(v.picklist(["f16", "q8_0", "q4_0"])),
});

const service = v.strictObject({
  requestsPerDay: v.optional(amount(0.001, 1e12)),
  promptTokens: v.optional(tokens),
  answerTokens: v.optional(tokens),
});

export const distillSchema = v.strictObject({
  version: v.literal(1),
  goal: v.literal("distill"),
  model: id,
  cluster: clusterSchema,
  teacher,
  job,
  student,
  edge,
  service: v.optional(service),
  price: v.optional(priceSchema),
  target: v.optional(targetSchema),
});

export type WrittenDistillPlan = v.InferOutput<typeof distillSchema>;
