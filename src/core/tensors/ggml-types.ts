import type { GgmlType } from "../domain/tensor.ts";
import { elementCount } from "./architecture-tensors.ts";

interface GgmlLayout {
  /** The number that GGUF files write for the type. */
  readonly id: number;
  readonly blockElements: number;
  readonly blockBytes: number;
}

const layout = (id: number, blockElements: number, blockBytes: number): GgmlLayout => ({
  id,
  blockElements,
  blockBytes,
});

/** Source: ggml 0.25.1 (llama.cpp v0.5.0), checked against its dry-run sizes. */
export const GGML_TYPES: Readonly<Record<GgmlType, GgmlLayout>> = {
  f32: layout(0, 1, 4),
  f16: layout(1, 1, 2),
  q4_0: layout(2, 32, 18),
  q4_1: layout(3, 32, 20),
  q5_0: layout(6, 32, 22),
  q5_1: layout(7, 32, 24),
  q8_0: layout(8, 32, 34),
  q2_K: layout(10, 256, 84),
  q3_K: layout(11, 256, 110),
  q4_K: layout(12, 256, 144),
  q5_K: layout(13, 256, 176),
  q6_K: layout(14, 256, 210),
  iq2_xxs: layout(16, 256, 66),
  iq2_xs: layout(17, 256, 74),
  iq3_xxs: layout(18, 256, 98),
  iq1_s: layout(19, 256, 50),
  iq4_nl: layout(20, 32, 18),
  iq3_s: layout(21, 256, 110),
  iq2_s: layout(22, 256, 82),
  iq4_xs: layout(23, 256, 136),
  iq1_m: layout(29, 256, 56),
  bf16: layout(30, 1, 2),
  tq1_0: layout(34, 256, 54),
  tq2_0: layout(35, 256, 66),
  mxfp4: layout(39, 32, 17),
  q1_0: layout(41, 128, 18),
  q2_0: layout(42, 64, 18),
};

/** Can rows of `rowElements` be cut into whole blocks of the type? */
export function fitsBlocks(type: GgmlType, rowElements: number): boolean {
  return rowElements % GGML_TYPES[type].blockElements === 0;
}

/** Bytes of a tensor of `shape` (fastest axis first). Throws: RangeError when a row is no whole number of blocks. */
export function ggmlBytes(type: GgmlType, shape: readonly number[]): number {
  const { blockElements, blockBytes } = GGML_TYPES[type];
  if (!fitsBlocks(type, shape[0] ?? 1)) throw new RangeError(`rows of ${shape[0]} do not fit ${type}`);
  return (elementCount(shape) / blockElements) * blockBytes;
}
