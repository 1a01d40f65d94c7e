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

/** One scale for this many elements of an FP8 latent under sparse attention, and the indexer key's own. */
const SCALE_GROUP = 128;
const INDEX_SCALE_BYTES = 4;

/**
 * Cache bytes of one token in one layer: one compressed latent and one rotary key, whatever the heads.
 *
 *   bytes = (kvLoraRank + ropeHeadDim) / blockElements * blockBytes
 *
 * With an indexer further headDim bytes of key and one 4-byte scale. Its FP8 cache keeps the rotary key in
 * 16 bits and a 4-byte scale for each 128 elements of the latent (512 + 16 + 128 = 656).
 *
 * Per      token and layer, one copy. Every TP rank holds a whole copy: tensor parallelism does not divide it.
 * Leaves   block padding and the MTP layer to the memory model.
 * Source   deepseek-v3-report, section 2.1
 * Anchor   61 layers: f16 and bf16 70,272, q8_0 37,332, fp8 35,136 bytes a token, with an
 *          indexer fp8 48,068: kv-cache.test.ts
 */
export function kvBytesPerTokenLayer(a: MlaArchitecture, type: KvCacheType): BytesPerToken {
  const [elements, bytes] = BLOCKS[type];
  const { indexer, kvLoraRank, ropeHeadDim } = a;
  if (indexer !== undefined && (type === "fp8" || type === "bf16")) {
    const latent = type === "fp8" ? kvLoraRank + 4 * (kvLoraRank / SCALE_GROUP) : 2 * kvLoraRank;
    return unit.bytesPerToken(latent + 2 * ropeHeadDim + indexer.headDim + INDEX_SCALE_BYTES);
  }
  return unit.bytesPerToken((kvElementsPerTokenLayer(a) / elements) * bytes);
}
