import type { MlaArchitecture } from "../domain/architecture.ts";
import type { WeightsId } from "../domain/plan.ts";
import type { TensorGroup } from "../domain/tensor.ts";
import { elementCount, listTensorFamilies, type ModuleKind } from "./architecture-tensors.ts";
import { cachedByArchitecture } from "./cached.ts";
import { CHECKPOINT_FORMATS } from "./checkpoint-formats.ts";
import { storedBytes, storeFamily } from "./store-tensors.ts";

/** Bytes of one layer by the way that engines cut it. */
export interface LayerWeights {
  readonly layer: number;
  /** q_a, kv_a and an indexer: small, and whole on every attention rank. */
  readonly attentionReplicated: number;
  /** q_b, kv_b and o: cut by heads. */
  readonly attentionSharded: number;
  /** The part of `attentionSharded` that is kv_b, which engines keep a second time in absorbed form. */
  readonly kvUp: number;
  readonly kvUpElements: number;
  readonly norm: number;
  readonly router: number;
  readonly dense: number;
  readonly shared: number;
  readonly routedExperts: number;
  /** Only of an MTP layer: its projection and norms, and its own copies of embedding and head. */
  readonly mtpProjection: number;
  readonly mtpEmbedding: number;
  readonly mtpHead: number;
}

export interface WeightTotals {
  readonly total: number;
  readonly parameters: number;
  readonly embedding: number;
  readonly finalNorm: number;
  readonly output: number;
  /** Index is the layer; an MTP layer comes last. */
  readonly layers: readonly LayerWeights[];
  /** Entry n sums the first n layers: a stage is the difference of two, exact in whole bytes. */
  readonly cumulative: readonly LayerWeights[];
  readonly groups: Readonly<Record<TensorGroup, number>>;
}

export interface WeightTotalsOptions {
  readonly mtpLayer: boolean;
}

type Field = Exclude<keyof LayerWeights, "layer" | "kvUp" | "kvUpElements">;

const FIELD: Readonly<Record<Exclude<ModuleKind, "embed" | "final-norm" | "head">, Field>> = {
  indexer: "attentionReplicated",
  "indexer-weights": "attentionReplicated",
  "q-a": "attentionReplicated",
  "kv-a": "attentionReplicated",
  "q-b": "attentionSharded",
  "kv-b": "attentionSharded",
  o: "attentionSharded",
  norm: "norm",
  dense: "dense",
  router: "router",
  "router-bias": "router",
  shared: "shared",
  expert: "routedExperts",
  "mtp-embed": "mtpEmbedding",
  "mtp-projection": "mtpProjection",
  "mtp-head": "mtpHead",
};

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const emptyLayer = (layer: number): Mutable<LayerWeights> => ({
  layer,
  attentionReplicated: 0,
  attentionSharded: 0,
  kvUp: 0,
  kvUpElements: 0,
  norm: 0,
  router: 0,
  dense: 0,
  shared: 0,
  routedExperts: 0,
  mtpProjection: 0,
  mtpEmbedding: 0,
  mtpHead: 0,
});

const emptyGroups = (): Record<TensorGroup, number> => ({
  embedding: 0,
  attention: 0,
  "dense-ffn": 0,
  router: 0,
  "shared-expert": 0,
  "routed-experts": 0,
  norm: 0,
  output: 0,
  mtp: 0,
});

function accumulate(layers: readonly LayerWeights[]): LayerWeights[] {
  const running = emptyLayer(0);
  const fields = Object.keys(running) as (keyof LayerWeights)[];
  return [
    { ...running },
    ...layers.map((layer, index) => {
      for (const field of fields) running[field] += layer[field];
      return { ...running, layer: index + 1 };
    }),
  ];
}

function sumTotals(a: MlaArchitecture, weights: WeightsId, options: WeightTotalsOptions): WeightTotals {
  const groups = emptyGroups();
  const layers: Mutable<LayerWeights>[] = [];
  const ends = { embed: 0, "final-norm": 0, head: 0 };
  let parameters = 0;
  for (const family of listTensorFamilies(a, options)) {
    const bytes = storedBytes(storeFamily(a, weights, family)) * family.copies;
    parameters += elementCount(family.shape) * family.copies;
    groups[family.group] += bytes;
    const { module, layer: index } = family;
    if (module === "embed" || module === "final-norm" || module === "head") {
      ends[module] += bytes;
      continue;
    }
    if (index === undefined) throw new Error(`${family.name} has no layer`);
    const layer = (layers[index] ??= emptyLayer(index));
    layer[FIELD[module]] += bytes;
    if (module === "kv-b") {
      layer.kvUp += bytes;
      layer.kvUpElements += elementCount(family.shape);
    }
  }
  const total = Object.values(groups).reduce((sum, bytes) => sum + bytes, 0);
  return {
    total,
    parameters,
    embedding: ends.embed,
    finalNorm: ends["final-norm"],
    output: ends.head,
    layers,
    cumulative: accumulate(layers),
    groups,
  };
}

const cached = cachedByArchitecture<WeightTotals>();

/** Does `weightTotals` know this id? GGUF types have their own sums: `ggufLayerBytes`. */
export function isCheckpointFormat(weights: WeightsId): boolean {
  return Object.hasOwn(CHECKPOINT_FORMATS, weights);
}

/**
 * Bytes of a safetensors checkpoint by tensor group and by layer, computed once and kept.
 *
 *   total = sum over tensors of elements * bytesPerElement + scales + zero points
 *
 * Per      one copy of the model. Sharding is `shardWeights`.
 * Leaves   out file headers.
 * Throws   RangeError for an id that is no safetensors format.
 * Anchor   fp8 without the MTP layer 673,150,611,808 bytes: weight-totals.test.ts
 */
export function weightTotals(
  a: MlaArchitecture,
  weights: WeightsId,
  options: WeightTotalsOptions,
): WeightTotals {
  return cached(a, `${weights}|${options.mtpLayer}`, () => sumTotals(a, weights, options));
}

/** The BF16 copy of the published FP8 checkpoint: the caster takes the multi-token-prediction layer along. */
export const copyBytes = (a: MlaArchitecture): number => weightTotals(a, "bf16", { mtpLayer: true }).total;
