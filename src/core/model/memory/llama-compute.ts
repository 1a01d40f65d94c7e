/**
 * llama.cpp's compute buffers for a DeepSeek-V3 graph, in bytes.
 *
 * Coefficients are bytes per row of the physical batch. They were read off llama.cpp v0.5.0 with contexts of
 * 4,096 to 163,840 tokens; GPU figures come from simulated devices with CUDA's rules for offload and padding.
 */

export interface ComputeInput {
  /** min(ubatch, batch, context) */
  readonly ubatch: number;
  /** Context of one stream. */
  readonly contextPerStream: number;
  readonly flashAttention: boolean;
  /** Rows whose logits are wanted: the server asks for one a slot. */
  readonly outputs: number;
  /** Bytes of one cached row when the cache is quantized, else 0: flash attention unpacks it to 16 bit. */
  readonly quantizedCache: boolean;
}

/** Experts in host memory as the first GPU meets them when it copies them in for large batches. */
export interface HostExperts {
  readonly opOffload: boolean;
  /** Largest expert tensor in host memory. */
  readonly largest: number;
  /** Largest pair of expert tensors of one layer whose other parts are on another GPU; 0: none. */
  readonly largestRemotePair: number;
}

const F16_ROW = 1152; // 576 elements
const ATTENTION_OUTPUT = 262_144; // 128 heads, 512 latent, 32 bit
const KQ_PER_TOKEN = 512; // 128 heads, 32 bit

const align = (bytes: number): number => Math.ceil(bytes / 32) * 32;

/** Attention mask: 16 bit with flash attention, 32 without. */
const mask = (c: ComputeInput): number => (c.flashAttention ? 2 : 4) * c.contextPerStream * c.ubatch;

/** Attention scores, which flash attention never writes down. */
const scores = (c: ComputeInput): number =>
  c.flashAttention ? 0 : KQ_PER_TOKEN * c.contextPerStream * c.ubatch;

/**
 * All layers on the CPU.
 *
 *   835584 ub + mask + scores + 16 ub + align32(4 min(ub, outputs))
 *
 * Leaves   out that without flash attention contexts below 1,024 a stream peak elsewhere (up to 25 % less).
 * Anchor   4,096 tokens, ubatch 512: 432,023,552 bytes: llama-buffers.test.ts
 */
export function hostOnlyCompute(c: ComputeInput): number {
  const { ubatch, outputs } = c;
  return 835_584 * ubatch + mask(c) + scores(c) + 16 * ubatch + align(4 * Math.min(ubatch, outputs));
}

/** A quantized cache is unpacked behind the attention output, where that does not find a hole to sit in. */
function unpackedCache(c: ComputeInput, hole: number): number {
  if (!c.quantizedCache || !c.flashAttention) return 0;
  const bytes = ATTENTION_OUTPUT * c.ubatch + F16_ROW * c.contextPerStream;
  return bytes > hole * c.ubatch ? bytes : 0;
}

/** What the feed-forward part frees before attention needs it. */
const HOLE = 356_356;

/**
 * One of `count` GPUs that hold all layers.
 *
 *   one GPU    774160 ub + mask + scores
 *   several    1003584 ub + 4 mask + scores     four copies in flight; 1003568 in the middle, 921648 first
 */
export function allGpuCompute(c: ComputeInput, index: number, count: number): number {
  if (count === 1) return 774_160 * c.ubatch + mask(c) + scores(c) + unpackedCache(c, HOLE);
  const rows = index === 0 ? 921_648 : index === count - 1 ? 1_003_584 : 1_003_568;
  return rows * c.ubatch + 4 * mask(c) + scores(c) + unpackedCache(c, HOLE);
}

/**
 * One of `count` GPUs while routed experts stay in host memory.
 *
 *   max( 774160 ub + mask + scores,  largest + 417804 ub + mask,  remote pair + 29696 ub - 992 )
 *
 * The last two only on the first GPU, which does all copying; without op offload 872528 ub + mask + scores.
 */
export function hybridCompute(c: ComputeInput, index: number, count: number, host: HostExperts): number {
  if (!host.opOffload) return 872_528 * c.ubatch + mask(c) + scores(c) + unpackedCache(c, 0);
  const rows = index === count - 1 ? 774_160 : 774_156;
  const own = rows * c.ubatch + mask(c) + scores(c);
  if (index > 0) return own + unpackedCache(c, HOLE);
  const copied = host.largest + 417_804 * c.ubatch + mask(c);
  const pair = host.largestRemotePair > 0 ? host.largestRemotePair + 29_696 * c.ubatch - 992 : 0;
  return Math.max(own, copied, pair);
}

/** The host's own buffer beside GPUs. Without op offload an upper bound (it computes the experts). */
export function hostCompute(c: ComputeInput, count: number, host: HostExperts | null): number {
  if (host === null && count > 1) return 57_424 * c.ubatch + 4 * mask(c);
  const rows = host !== null && !host.opOffload ? 483_348 : 57_364;
  return rows * c.ubatch + mask(c);
}

/** The second context that drafts with the MTP layer. Source: one context of 4,096 tokens at ubatch 512. */
export function draftCompute(c: ComputeInput): number {
  return 751_636 * c.ubatch + mask(c);
}
