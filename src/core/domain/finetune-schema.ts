/** Shape and bounds of a fine-tuning plan as written. Whether it fits, and who offers it, is the model's answer. */
import * as v from "valibot";
import { ADAPTER_TARGETS, BASE_FORMATS, FINETUNE_METHODS, FRAMEWORKS, OPTIMIZERS } from "./finetune-plan.ts";
import {
  amount,
  clusterSchema,
  count,
  id,
  positive,
  priceSchema,
  ranks,
  targetSchema,
} from "./plan-schema.ts";

/** Above this an adapter is larger than the matrix it adapts. */
const rank = count(1, 2048);
const MOST_EXPERTS = 1024;

const ranksByTarget = v.strictObject(
  Object.fromEntries(ADAPTER_TARGETS.map((target) => [target, v.optional(rank)])) as Record<
    (typeof ADAPTER_TARGETS)[number],
    v.OptionalSchema<typeof rank, undefined>
  >,
);

const adapters = v.strictObject({
  ranks: ranksByTarget,
  alpha: v.optional(positive(65_536)),
  dropout: v.optional(amount(0, 0.9)),
  experts: v.optional(
    v.pipe(
      v.array(count(0, MOST_EXPERTS - 1)),
      v.minLength(1),
      v.maxLength(MOST_EXPERTS),
      v.check((list) => new Set(list).size === list.length, "names an expert twice"),
    ),
  ),
});

const layout = v.strictObject({
  tp: v.optional(ranks),
  pp: v.optional(ranks),
  ep: v.optional(ranks),
  cp: v.optional(ranks),
  sharding: v.optional(v.picklist(["none", "optimizer", "gradients", "full"])),
  offload: v.optional(v.picklist(["none", "optimizer", "parameters"])),
  experts: v.optional(v.picklist(["gpu", "cpu"])),
});

const training = v.strictObject({
  sequenceTokens: v.optional(count(1, 10_000_000)),
  microBatch: v.optional(count(1, 65_536)),
  globalBatch: v.optional(count(1, 10_000_000)),
  recompute: v.optional(v.picklist(["none", "selective", "full"])),
  optimizer: v.optional(v.picklist(OPTIMIZERS)),
  routerFrozen: v.optional(v.boolean()),
  learningRate: v.optional(positive(10)),
});

const data = v.strictObject({
  tokens: count(1, 1e15),
  epochs: v.optional(amount(0.001, 10_000)),
  evaluationTokens: v.optional(count(1, 1e15)),
  evaluations: v.optional(count(1, 1_000_000)),
});

/** The cluster of a serving plan, with one accelerator at least. */
const cluster = v.strictObject({ ...clusterSchema.entries, acceleratorsPerNode: count(1, 1024) });

export const finetuneSchema = v.strictObject({
  version: v.literal(1),
  goal: v.literal("finetune"),
  model: id,
  method: v.optional(v.picklist(FINETUNE_METHODS)),
  base: v.optional(v.picklist(BASE_FORMATS)),
  adapters: v.optional(adapters),
  framework: v.optional(v.picklist(FRAMEWORKS)),
  cluster,
  layout: v.optional(layout),
  training: v.optional(training),
  data,
  result: v.optional(
    v.strictObject({ form: v.optional(v.picklist(["merged", "adapter"])), weights: v.optional(id) }),
  ),
  price: v.optional(priceSchema),
  target: v.optional(targetSchema),
});

export type WrittenFinetunePlan = v.InferOutput<typeof finetuneSchema>;
