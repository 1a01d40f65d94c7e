/** Models, weight formats and engines. */
import * as v from "valibot";
import { FRAMEWORKS } from "../domain/finetune-plan.ts";
import { basis, count, date, fact, factOf, text } from "./fact-schema.ts";

/** A commit: pinning a branch name would not pin anything. */
const revision = v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/, "expected a commit (40 hexadecimal digits)"));
const notNegativeCount = v.pipe(v.number(), v.integer(), v.minValue(0));

const architectureSchema = v.strictObject({
  unit: v.literal("count"),
  basis,
  source: text,
  date: v.optional(date),
  values: v.strictObject({
    hiddenSize: count,
    vocabularySize: count,
    layerCount: count,
    denseLayerCount: notNegativeCount,
    mtpLayerCount: notNegativeCount,
    denseIntermediateSize: count,
    expertIntermediateSize: count,
    routedExpertCount: count,
    sharedExpertCount: notNegativeCount,
    expertsPerToken: count,
    headCount: count,
    queryLoraRank: count,
    kvLoraRank: count,
    ropeHeadDim: count,
    nopeHeadDim: count,
    valueHeadDim: count,
    maxContextTokens: count,
    indexer: v.exactOptional(v.strictObject({ headCount: count, headDim: count, attendedTokens: count })),
  }),
});

const engineId = v.picklist([
  "vllm",
  "sglang",
  "tensorrt-llm",
  "llama.cpp",
  "ik_llama.cpp",
  "ollama",
  "ktransformers",
  "mlx",
  "lmdeploy",
  "atom",
]);

export const modelSchema = v.strictObject({
  id: text,
  name: text,
  licence: text,
  released: factOf(date, "date"),
  nativeWeights: text,
  architecture: architectureSchema,
  servedBy: v.exactOptional(
    v.array(v.strictObject({ engine: engineId, since: text, unknown: v.exactOptional(text), source: text })),
  ),
  sampling: v.strictObject({ temperature: fact("1"), topP: fact("1") }),
  repositories: v.array(
    v.strictObject({ weights: text, repository: text, revision: v.optional(revision), source: text }),
  ),
});

export const weightFormatSchema = v.strictObject({
  id: text,
  name: text,
  compute: v.picklist(["bf16", "fp8", "fp4", "int8"]),
  engines: v.pipe(v.array(engineId), v.minLength(1)),
  needsImatrix: v.optional(v.boolean()),
  source: text,
});

const tokens = fact("token");
const requests = fact("request");

const deviceTier = v.strictObject({
  minimumMemory: fact("B"),
  except: v.optional(v.array(text)),
  chunkedPrefill: v.optional(tokens),
  maxRunningRequests: v.optional(requests),
  decodeGraphBatch: v.optional(requests),
  decodeGraphBatchTp4: v.optional(requests),
});

const engineDefaults = v.strictObject({
  /** First version that these hold for; they hold until the next entry's. */
  since: text,
  memFraction: fact("1"),
  kvCache: v.picklist(["bf16", "fp8", "f32", "f16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0", "iq4_nl"]),
  kvBlockTokens: tokens,
  chunkedPrefill: v.optional(tokens),
  maxRunningRequests: v.optional(requests),
  schedulerInterval: v.optional(fact("step")),
  ubatch: v.optional(tokens),
  batch: v.optional(tokens),
  slots: v.optional(requests),
  deviceTiers: v.optional(v.array(deviceTier)),
});

export const engineSchema = v.strictObject({
  id: engineId,
  name: text,
  kit: v.boolean(),
  current: text,
  /** Oldest first. */
  versions: v.pipe(
    v.array(
      v.strictObject({
        version: text,
        date,
        image: v.optional(text),
        source: text,
        note: v.optional(text),
      }),
    ),
    v.minLength(1),
  ),
  defaults: v.pipe(v.array(engineDefaults), v.minLength(1)),
});

export const trainingFrameworksSchema = v.array(
  v.strictObject({
    id: v.picklist(FRAMEWORKS),
    name: text,
    version: text,
    /** Package or repository → version, commit or branch that a kit installs. */
    pins: v.record(text, text),
    basis,
    source: text,
    date,
  }),
);

export type EngineFile = v.InferOutput<typeof engineSchema>;
export type ModelFile = v.InferOutput<typeof modelSchema>;
export type WeightFormatRow = v.InferOutput<typeof weightFormatSchema>;
