import { kvElementsPerTokenLayer, type MlaArchitecture } from "../domain/architecture.ts";
import type { KvCacheType } from "../domain/plan.ts";
import { unit, type BytesPerToken } from "../units/quantity.ts";

/** Elements and bytes of the smallest unit that a cache type stores. */
const BLOCKS: Readonly<Record<KvCacheType, readonly [elements: number, bytes: number]>> = {
  f32: [1, 4],
  f16: [1, 2],
  bf16: [1, 2],
  fp8: [1, 1],
  q8_0: [32, 34],
  q5_1: [32, 24],
  q5_0: [32, 22],
  q4_1: [32, 20],
  q4_0: [32, 18],
  iq4_nl: [32, 18],
};

/**
 * Cache bytes of one token in one layer: one compressed latent and one rotary key, whatever the heads.
 *
 *   bytes = (kvLoraRank + ropeHeadDim) / blockElements * blockBytes
 *
 * Per      token and layer, one copy. Every TP rank holds a whole copy: tensor parallelism does not divide it.
 * Leaves   block padding and the MTP layer to the memory model.
 * Source   deepseek-v3-report, section 2.1
 * Anchor   61 layers: f16 and bf16 70,272, q8_0 37,332, fp8 35,136 bytes a token: kv-cache.test.ts
 */
export function kvBytesPerTokenLayer(a: MlaArchitecture, type: KvCacheType): BytesPerToken {
  const [elements, bytes] = BLOCKS[type];
  return unit.bytesPerToken((kvElementsPerTokenLayer(a) / elements) * bytes);
}
