/** How fast a GPU of the layer-after-layer world reads quantized weights: memory or unpacking, by type. */
import type { Accelerator } from "../../domain/catalog.ts";
import type { StepModelInput } from "../../domain/step-model.ts";
import { ggufFileType } from "../../tensors/gguf-mixes.ts";
import { ggufReadMix } from "../../tensors/gguf-read-mix.ts";
import { REFERENCE_FP32, UNPACK_RATES } from "./sequential-parameters.ts";
import { mixOptions } from "./sequential-weights.ts";

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
  for (const read of ggufReadMix(input.architecture, type, mixOptions(input))) {
    const unpack = UNPACK_RATES[read.type]?.value;
    bytes += read.bytes;
    seconds += Math.max(read.bytes / memoryRate, unpack === undefined ? 0 : read.weights / (unpack * scale));
  }
  return bytes / seconds / 1e3;
}
