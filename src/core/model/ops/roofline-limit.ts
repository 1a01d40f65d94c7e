/** Peaks of a device in one precision. */
export interface Peaks {
  readonly bytesPerMs: number;
  readonly flopPerMs: number;
}

/**
 * The least time that physics allows for moving bytes and multiplying: what a roofline draws.
 *
 *   max(bytes / bandwidth, FLOP / dense peak)
 *
 * Per      call on one rank, milliseconds.
 * Leaves   out launches, caches and overlap with other operators.
 * Anchor   one FP8 expert (44 MB) on an H200 takes 9.2 us: roofline-limit.test.ts.
 */
export function rooflineLimitMs(bytes: number, flop: number, peaks: Peaks): number {
  return Math.max(bytes / peaks.bytesPerMs, flop / peaks.flopPerMs);
}

/**
 * FLOP a byte at which a device turns from bandwidth-bound to compute-bound: the ridge of its roofline.
 *
 * Anchor   H200 in FP8: 412 FLOP a byte: roofline-limit.test.ts.
 */
export function ridgeFlopPerByte(peaks: Peaks): number {
  return peaks.flopPerMs / peaks.bytesPerMs;
}
