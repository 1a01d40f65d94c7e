/** How fast a GPU of the layer-after-layer world reads quantized weights: memory or unpacking, by type. */
import type { Accelerator } from "../../domain/catalog.ts";
import type { StepModelInput } from "../../domain/step-model.ts";
import type { GgmlType } from "../../domain/tensor.ts";
import { ggufFileType } from "../../tensors/gguf-mixes.ts";
import { ggufReadMix } from "../../tensors/gguf-read-mix.ts";

/** FP32 peak of the GPUs that gave the rates: unpacking is done by the same units. */
const REFERENCE_FP32 = 67e12;

/**
 * Weights a second that such a GPU unpacks and multiplies. From the difference between slices of few and of
 * more layers of one H200, a layer's launches at 0.19 ms; Q2_K from one H100; IQ1, IQ2 and IQ3_S taken to be
 * as IQ3_XXS. Types left out keep up with memory there.
 */
const UNPACK_RATE: Partial<Readonly<Record<GgmlType, number>>> = {
  q8_0: 2830e9,
  q6_K: 2420e9,
  q5_K: 4040e9,
  q4_K: 5460e9,
  q3_K: 2130e9,
  q2_K: 3520e9,
  iq3_xxs: 3700e9,
  iq3_s: 3700e9,
  iq2_xxs: 3700e9,
  iq2_xs: 3700e9,
  iq2_s: 3700e9,
  iq1_s: 3700e9,
  iq1_m: 3700e9,
  mxfp4: 4330e9,
};

/**
 * Rate at which the plan's mix of types is read by one GPU.
 *
 *   bytes / sum over types of max(bytes / memoryRate, weights / (unpackRate * FP32 / reference FP32))
 *
 * Per      millisecond, of the bytes that one token reads.
 * Leaves   formats of files whose tensors are not known at the memory's rate.
 * Anchor   an H200 reads Q3_K_M at half of Q4_K_M's bytes a second: sequential-unpack.test.ts
 */
export function readBytesPerMs(input: StepModelInput, accelerator: Accelerator, memoryRate: number): number {
  const type = ggufFileType(input.weights.id);
  const fp32 = accelerator.peakDense.fp32?.value;
  if (type === null || fp32 === undefined) return memoryRate / 1e3;
  const scale = fp32 / REFERENCE_FP32;
  let bytes = 0;
  let seconds = 0;
  for (const read of ggufReadMix(input.architecture, type, input.options.imatrix ?? false)) {
    const unpack = UNPACK_RATE[read.type];
    bytes += read.bytes;
    seconds += Math.max(read.bytes / memoryRate, unpack === undefined ? 0 : read.weights / (unpack * scale));
  }
  return bytes / seconds / 1e3;
}
