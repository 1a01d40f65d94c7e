/**
 * In which precision each part of the model is stored and multiplied.
 *
 * Mixed formats keep attention in a wider type than the experts: what a table or a roofline needs is
 * the pair (bytes a weight takes, arithmetic it is multiplied in), per part.
 */
import type { Accelerator, WeightFormat } from "../../domain/catalog.ts";

/** `dtype` names the table; `compute` the peak. */
export interface Precision {
  readonly dtype: "bf16" | "fp8" | "nvfp4" | "mxfp4" | "int8" | "int4";
  /** Scales included. */
  readonly bytesPerWeight: number;
  readonly activationBytes: number;
  readonly compute: "bf16" | "fp8" | "fp4" | "int8";
}

export interface PrecisionByPart {
  readonly attention: Precision;
  /** Shared expert and the dense layers. */
  readonly ffn: Precision;
  readonly experts: Precision;
}

const BF16: Precision = { dtype: "bf16", bytesPerWeight: 2, activationBytes: 2, compute: "bf16" };
const FP8: Precision = { dtype: "fp8", bytesPerWeight: 1 + 4 / 128 ** 2, activationBytes: 1, compute: "fp8" };
const MXFP8: Precision = { ...FP8, bytesPerWeight: 1 + 1 / 32 };
const NVFP4: Precision = {
  dtype: "nvfp4",
  bytesPerWeight: 0.5 + 1 / 16,
  activationBytes: 0.5 + 1 / 16,
  compute: "fp4",
};
const MXFP4: Precision = {
  dtype: "mxfp4",
  bytesPerWeight: 0.5 + 1 / 32,
  activationBytes: 0.5 + 1 / 32,
  compute: "fp4",
};
const INT8: Precision = { dtype: "int8", bytesPerWeight: 1, activationBytes: 1, compute: "int8" };
/** Weights only: 4-bit codes, a scale and a zero point a group of 128, multiplied in BF16. */
const INT4: Precision = {
  dtype: "int4",
  bytesPerWeight: 0.5 + 2.5 / 128,
  activationBytes: 2,
  compute: "bf16",
};
/** 4-bit codes with FP8 activations. */
const W4AFP8: Precision = {
  dtype: "int4",
  bytesPerWeight: 0.5 + 2 / 128,
  activationBytes: 1,
  compute: "fp8",
};

const BY_FORMAT: Readonly<Record<string, PrecisionByPart>> = {
  bf16: { attention: BF16, ffn: BF16, experts: BF16 },
  fp8: { attention: FP8, ffn: FP8, experts: FP8 },
  nvfp4: { attention: BF16, ffn: NVFP4, experts: NVFP4 },
  mxfp4: { attention: BF16, ffn: MXFP4, experts: MXFP4 },
  int8: { attention: INT8, ffn: INT8, experts: INT8 },
  "awq-int4": { attention: INT4, ffn: INT4, experts: INT4 },
  mxfp8: { attention: MXFP8, ffn: MXFP8, experts: MXFP8 },
  w4afp8: { attention: FP8, ffn: FP8, experts: W4AFP8 },
};

/** The formats that the datacentre step model knows; GGUF belongs to the sequential one. */
export function knowsWeights(weights: WeightFormat): boolean {
  return weights.id in BY_FORMAT;
}

/**
 * Which precision each part has under a weight format on an accelerator.
 *
 * Without the unit for a narrow type the weights stay narrow and are widened before a BF16 product
 * (Marlin-like kernels), so bytes are kept and the arithmetic falls back.
 *
 * Throws   RangeError for a format that `knowsWeights` refuses: the caller asks first.
 */
export function precisionByPart(weights: WeightFormat, accelerator: Accelerator): PrecisionByPart {
  const parts = BY_FORMAT[weights.id];
  if (parts === undefined) throw new RangeError(`no precision is known for weights ${weights.id}`);
  return {
    attention: onAccelerator(parts.attention, accelerator),
    ffn: onAccelerator(parts.ffn, accelerator),
    experts: onAccelerator(parts.experts, accelerator),
  };
}

function onAccelerator(precision: Precision, { nativeFp8, nativeFp4, peakDense }: Accelerator): Precision {
  const widened: Precision = { ...precision, activationBytes: 2, compute: "bf16" };
  switch (precision.compute) {
    case "fp4":
      return nativeFp4 ? precision : widened;
    case "fp8":
      return nativeFp8 ? precision : widened;
    case "int8":
      return peakDense.int8 === undefined ? widened : precision;
    case "bf16":
      return precision;
  }
}

/**
 * Dense peak of an accelerator in a precision, FLOP/s.
 *
 * Throws   RangeError where the catalog has no such peak: `hasPeaks` says so beforehand.
 */
export function peakFlops(accelerator: Accelerator, compute: Precision["compute"]): number {
  const { peakDense } = accelerator;
  const fact = peakDense[compute] ?? peakDense.bf16;
  if (fact === undefined) throw new RangeError(`no dense peak is known for ${accelerator.id}`);
  return fact.value;
}

/** Whether the catalog has what a roofline needs. */
export function hasPeaks(accelerator: Accelerator): boolean {
  return accelerator.peakDense.bf16 !== undefined;
}
