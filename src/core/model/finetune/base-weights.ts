/** Base weights by layer and part, as a training run stores them. */
import type { MlaArchitecture } from "../../domain/architecture.ts";
import type { BaseFormat } from "../../domain/finetune-plan.ts";
import { elementCount, listTensorFamilies, type ModuleKind } from "../../tensors/architecture-tensors.ts";
import { cachedByArchitecture } from "../../tensors/cached.ts";

export interface LayerParameters {
  /** Routed experts. */
  readonly experts: number;
  /** Everything else of the layer; `sharded` of it is cut by tensor parallelism. */
  readonly dense: number;
  readonly sharded: number;
  /** Matrices among `dense`, which low-bit bases quantize; norms and routers stay as they are. */
  readonly matrices: number;
}

export interface ModelParameters {
  readonly total: number;
  readonly experts: number;
  readonly embedding: number;
  readonly head: number;
  readonly layers: readonly LayerParameters[];
}

const REPLICATED: ReadonlySet<ModuleKind> = new Set([
  "q-a",
  "kv-a",
  "norm",
  "router",
  "router-bias",
  "indexer",
]);
const VECTORS: ReadonlySet<ModuleKind> = new Set(["norm", "router", "router-bias"]);

const cached = cachedByArchitecture<ModelParameters>();

/** Parameters of the main model, by layer; computed once and kept. */
export function modelParameters(a: MlaArchitecture): ModelParameters {
  return cached(a, "training", () => count(a));
}

function count(a: MlaArchitecture): ModelParameters {
  const layers = Array.from({ length: a.layerCount }, () => ({
    experts: 0,
    dense: 0,
    sharded: 0,
    matrices: 0,
  }));
  let [total, embedding, head] = [0, 0, 0];
  for (const { module, shape, copies, layer: at } of listTensorFamilies(a, { mtpLayer: false })) {
    const elements = elementCount(shape) * copies;
    total += elements;
    const layer = at === undefined ? undefined : layers[at];
    if (module === "embed") embedding += elements;
    else if (layer === undefined) head += elements;
    else if (module === "expert") layer.experts += elements;
    else {
      layer.dense += elements;
      if (!REPLICATED.has(module)) layer.sharded += elements;
      if (!VECTORS.has(module)) layer.matrices += elements;
    }
  }
  const experts = layers.reduce((sum, layer) => sum + layer.experts, 0);
  return { total, experts, embedding, head, layers };
}

/**
 * Bytes of one base weight as it lies in memory.
 *
 *   nf4    half a byte, an 8-bit scale for 64 weights, an FP32 scale of those for 256 blocks
 *   int4   half a byte and a BF16 scale for 32 weights (KTransformers' AMX layout)
 *   int8   a byte and an FP32 scale for a row
 *   fp8    a byte and an FP32 scale for 128 x 128
 *   int3, int2   HQQ: the bits, and an FP16 scale and zero point for 64 weights
 */
export const BASE_BYTES: Readonly<Record<BaseFormat, number>> = {
  bf16: 2,
  fp8: 1 + 4 / (128 * 128),
  int8: 1 + 4 / 7168,
  nf4: 0.5 + 1 / 64 + 4 / (64 * 256),
  int4: 0.5 + 2 / 32,
  int3: 3 / 8 + 4 / 64,
  int2: 2 / 8 + 4 / 64,
};

/** What a base leaves in BF16: embedding, head, norms and routers of every quantized base. */
export const PLAIN_BYTES = 2;
