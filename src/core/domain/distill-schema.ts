/** Shape and bounds of a distillation plan as written. See `distill-plan.ts` for who owns it. */
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

const job = v.strictObject({
  samples,
  promptTokens: tokens,
  answerTokens: tokens,
  samplesPerPrompt: v.optional(count(1, 10_000)),
  acceptanceRate: v.optional(amount(1e-6, 1)),
  judge: v.optional(v.strictObject({ inputTokens: tokens, outputTokens: tokens, repeats: count(1, 10_000) })),
});

const student = v.strictObject({
  id,
  method: v.optional(v.picklist(FINETUNE_METHODS)),
  rank: v.optional(count(1, 2048)),
  gpu: id,
  count: v.optional(count(1, 4096)),
  epochs: v.optional(amount(0.001, 10_000)),
  sequenceTokens: v.optional(tokens),
});

const edge = v.strictObject({ device: id, weights: id, contextTokens: v.optional(tokens) });

export const distillSchema = v.strictObject({
  version: v.literal(1),
  goal: v.literal("distill"),
  model: id,
  cluster: clusterSchema,
  teacher,
  job,
  student,
  edge,
  price: v.optional(priceSchema),
  target: v.optional(targetSchema),
});

export type WrittenDistillPlan = v.InferOutput<typeof distillSchema>;
