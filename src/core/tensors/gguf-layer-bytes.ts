import type { MlaArchitecture } from "../domain/architecture.ts";
import type { GgufFileType, GgufTensor } from "../domain/tensor.ts";
import { cachedByArchitecture } from "./cached.ts";
import { mixKey, quantizeTensors, type QuantizeOptions } from "./quantize-tensors.ts";

/** Bytes of one block by what llama.cpp's placement flags tell apart. */
export interface GgufLayerBytes {
  readonly layer: number;
  readonly attention: number;
  readonly norm: number;
  readonly router: number;
  readonly dense: number;
  readonly shared: number;
  /** What `--cpu-moe` and `--n-cpu-moe` keep in host memory. */
  readonly routedExperts: number;
  /** Tensors that only an MTP block has. */
  readonly mtp: number;
  readonly total: number;
}

export interface GgufPlacementBytes {
  readonly layers: readonly GgufLayerBytes[];
  /** Stays in host memory in every placement. */
  readonly tokenEmbedding: number;
  /** Head and final norm, which go with the last slot. */
  readonly output: number;
  readonly outputNorm: number;
  readonly total: number;
  /** The largest routed-expert tensor: op offload copies it to the GPU whole. */
  readonly largestExpertTensor: number;
}

type Parts = { -readonly [K in keyof GgufLayerBytes]: number };

const PART: Partial<Readonly<Record<GgufTensor["group"], keyof Parts>>> = {
  attention: "attention",
  norm: "norm",
  router: "router",
  "dense-ffn": "dense",
  "shared-expert": "shared",
  "routed-experts": "routedExperts",
  mtp: "mtp",
};

function sumPlacement(tensors: readonly GgufTensor[]): GgufPlacementBytes {
  const layers: Parts[] = [];
  const ends = { tokenEmbedding: 0, output: 0, outputNorm: 0 };
  let largestExpertTensor = 0;
  let total = 0;
  for (const { layer: index, group, bytes } of tensors) {
    total += bytes;
    if (group === "routed-experts") largestExpertTensor = Math.max(largestExpertTensor, bytes);
    if (index === undefined) {
      const end = group === "embedding" ? "tokenEmbedding" : group === "output" ? "output" : "outputNorm";
      ends[end] += bytes;
      continue;
    }
    const part = PART[group];
    if (!part) throw new Error(`group ${group} in a block`);
    const layer = (layers[index] ??= emptyLayer(index));
    layer[part] += bytes;
    layer.total += bytes;
  }
  return { layers, ...ends, total, largestExpertTensor };
}

const emptyLayer = (layer: number): Parts => ({
  layer,
  attention: 0,
  norm: 0,
  router: 0,
  dense: 0,
  shared: 0,
  routedExperts: 0,
  mtp: 0,
  total: 0,
});

const cached = cachedByArchitecture<GgufPlacementBytes>();

/**
 * Bytes of a GGUF file by block and part, for placing them on devices and host; computed once and kept.
 *
 * Per      block; an MTP block comes last.
 * Leaves   out header and padding, and buffers that llama.cpp adds (repacked copies, compute).
 * Anchor   Q4_K_M without routed experts and embedding 9,984,032,768 bytes: gguf-layer-bytes.test.ts
 */
export function ggufLayerBytes(
  a: MlaArchitecture,
  type: GgufFileType,
  options: QuantizeOptions,
): GgufPlacementBytes {
  return cached(a, mixKey(type, options), () => sumPlacement(quantizeTensors(a, type, options)));
}
