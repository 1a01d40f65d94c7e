/**
 * The plan's shape and bounds as one schema. Bounds are where a number stops meaning anything, not
 * where a plan stops fitting: that is for the model to say. Ids are checked by `parse-plan.ts`.
 */
import * as v from "valibot";
import type { GgmlType } from "./tensor.ts";
import { findSketchFault } from "./length-spread.ts";
import { findPatternFault, MAX_TENSOR_TYPES } from "./tensor-pattern.ts";

export const count = (min: number, max: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));
export const amount = (min: number, max: number) =>
  v.pipe(v.number(), v.finite(), v.minValue(min), v.maxValue(max));
export const positive = (max: number) => v.pipe(v.number(), v.finite(), v.gtValue(0), v.maxValue(max));
export const id = v.pipe(v.string(), v.minLength(1), v.maxLength(80));
export const ranks = count(1, 1024);
const tokens = count(0, 10_000_000);
const milliseconds = positive(86_400_000);

export const sloSchema = v.strictObject({
  ttftMs: v.optional(milliseconds),
  tpotMs: v.optional(milliseconds),
});

export const KV_CACHE_TYPES = [
  "bf16",
  "fp8",
  "f32",
  "f16",
  "q8_0",
  "q5_1",
  "q5_0",
  "q4_1",
  "q4_0",
  "iq4_nl",
] as const;
export const SPECULATIVE_MODES = ["off", "mtp1", "mtp2", "mtp3", "mtp4", "mtp5"] as const;

export const clusterSchema = v.strictObject({
  accelerator: v.optional(id),
  acceleratorsPerNode: count(0, 1024),
  nodes: count(1, 4096),
  host: v.optional(id),
  sockets: v.optional(count(1, 16)),
  hostMemoryGiB: v.optional(positive(1_048_576)),
  hostMemoryBandwidth: v.optional(positive(1e15)),
  fabric: v.optional(id),
});

const instance = v.strictObject({
  gpus: ranks,
  tp: ranks,
  pp: v.optional(ranks),
  dpAttention: v.optional(ranks),
  ep: v.optional(ranks),
});

const disaggregated = v.strictObject({
  prefill: instance,
  decode: instance,
  prefillReplicas: count(1, 4096),
  decodeReplicas: count(1, 4096),
});

export const layoutSchema = v.strictObject({
  tp: v.optional(ranks),
  pp: v.optional(ranks),
  dpAttention: v.optional(ranks),
  ep: v.optional(ranks),
  dcp: v.optional(ranks),
  replicas: v.optional(count(1, 4096)),
  experts: v.optional(v.union([v.picklist(["gpu", "cpu"]), v.strictObject({ cpuLayers: count(0, 256) })])),
  disaggregated: v.optional(v.nullable(disaggregated)),
});

/** A sketch of 37 quantiles takes 40 to 80 letters; the bound keeps plans small enough for links. */
const MAX_SKETCH_LETTERS = 160;
const lengthSpread = v.variant("kind", [
  v.strictObject({
    kind: v.literal("lognormal"),
    p90OverMedian: v.pipe(v.number(), v.finite(), v.gtValue(1), v.maxValue(20)),
  }),
  v.strictObject({
    kind: v.literal("sketch"),
    sketch: v.pipe(
      v.string(),
      v.maxLength(MAX_SKETCH_LETTERS),
      v.check(
        (text) => findSketchFault(text) === undefined,
        ({ input }) => `the sketch ${findSketchFault(input)}`,
      ),
    ),
  }),
]);
const lengths = v.strictObject({
  input: v.optional(lengthSpread),
  output: v.optional(lengthSpread),
  rankCorrelation: v.optional(amount(-1, 1)),
});

export const workloadSchema = v.strictObject({
  inputTokens: v.pipe(tokens, v.minValue(1)),
  outputTokens: v.pipe(tokens, v.minValue(1)),
  concurrency: v.optional(count(1, 1_000_000)),
  requestsPerSecond: v.optional(positive(1_000_000)),
  prefixHitRate: v.optional(amount(0, 1)),
  contextDepth: v.optional(tokens),
  lengths: v.optional(lengths),
  arrivals: v.optional(v.strictObject({ gapVariation: positive(20) })),
});

const GGML_TYPES = [
  "f32",
  "f16",
  "bf16",
  "q4_0",
  "q4_1",
  "q5_0",
  "q5_1",
  "q8_0",
  "q2_K",
  "q3_K",
  "q4_K",
  "q5_K",
  "q6_K",
  "iq1_s",
  "iq1_m",
  "iq2_xxs",
  "iq2_xs",
  "iq2_s",
  "iq3_xxs",
  "iq3_s",
  "iq4_nl",
  "iq4_xs",
  "tq1_0",
  "tq2_0",
  "mxfp4",
  "q1_0",
  "q2_0",
] as const satisfies readonly GgmlType[];

const tensorType = v.strictObject({
  pattern: v.pipe(
    v.string(),
    v.check(
      (text) => findPatternFault(text) === undefined,
      ({ input }) => `the pattern ${findPatternFault(input)}`,
    ),
  ),
  type: v.picklist(GGML_TYPES),
});

export const optionsSchema = v.strictObject({
  engineVersion: v.optional(id),
  maxRunningRequests: v.optional(count(1, 1_000_000)),
  chunkedPrefill: v.optional(count(1, 10_000_000)),
  memFraction: v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(1))),
  contextLength: v.optional(count(1, 10_000_000)),
  schedulerInterval: v.optional(count(1, 10_000)),
  ubatch: v.optional(count(1, 1_000_000)),
  batch: v.optional(count(1, 1_000_000)),
  slots: v.optional(count(1, 100_000)),
  threads: v.optional(count(1, 4096)),
  numa: v.optional(v.picklist(["none", "distribute", "isolate", "duplicate"])),
  flashAttention: v.optional(v.boolean()),
  opOffload: v.optional(v.boolean()),
  imatrix: v.optional(v.boolean()),
  mtpLayer: v.optional(v.boolean()),
  tensorTypes: v.optional(v.pipe(v.array(tensorType), v.maxLength(MAX_TENSOR_TYPES))),
  weightsBytes: v.optional(count(1, 1e14)),
  acceptanceLength: v.optional(amount(1, 16)),
  moeTp: v.optional(ranks),
});

const ownSchema = v.strictObject({
  usdPerAccelerator: v.optional(amount(0, 10_000_000)),
  systemPriceShare: v.optional(amount(0, 10)),
  amortisationYears: v.optional(amount(0.25, 50)),
  wattsPerAccelerator: v.optional(amount(0, 100_000)),
  powerUsageEffectiveness: v.optional(amount(1, 5)),
  usdPerKilowattHour: v.optional(amount(0, 100)),
  colocationUsdPerKilowattMonth: v.optional(amount(0, 100_000)),
});

export const priceSchema = v.strictObject({
  provider: v.optional(id),
  term: v.optional(v.picklist(["on-demand", "spot", "reserved-1y", "reserved-3y"])),
  usdPerAcceleratorHour: v.optional(amount(0, 100_000)),
  own: v.optional(ownSchema),
});

export const targetSchema = v.picklist(["shell", "compose", "kubernetes", "slurm", "ray"]);

/** A plan as written: fields that have a default may be absent. */
export const planSchema = v.strictObject({
  version: v.literal(1),
  goal: v.literal("serve"),
  model: id,
  weights: id,
  kvCache: v.optional(v.picklist(KV_CACHE_TYPES)),
  engine: id,
  cluster: clusterSchema,
  layout: v.optional(layoutSchema),
  workload: workloadSchema,
  speculative: v.optional(v.picklist(SPECULATIVE_MODES)),
  options: v.optional(optionsSchema),
  slo: v.optional(sloSchema),
  price: v.optional(priceSchema),
  target: v.optional(targetSchema),
});

export type WrittenPlan = v.InferOutput<typeof planSchema>;
