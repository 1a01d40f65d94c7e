/** Which encoding each published safetensors format gives to which module. */
import type { WeightsId } from "../domain/plan.ts";
import type { ModuleKind, TensorFamily } from "./architecture-tensors.ts";
import {
  awqInt4,
  fp8Blocks,
  int4Fp8Activations,
  int8Channels,
  mlxAffine,
  mxfp4,
  mxfp8,
  nvfp4,
  plain,
  type Encoding,
} from "./encodings.ts";

export interface CheckpointFormat {
  readonly attention: Encoding;
  readonly dense: Encoding;
  readonly shared: Encoding;
  readonly experts: Encoding;
  /** What the MTP layer's attention and experts are stored as; absent: like the other layers. */
  readonly mtpLinear?: Encoding;
  /** What embedding and head are stored as; absent: 16-bit. */
  readonly ends?: Encoding;
  /** What the router's correction bias is stored as; absent: 32-bit float, as the vendor has it. */
  readonly routerBias?: Encoding;
  /** The published checkpoints carry the MTP layer. */
  readonly carriesMtpLayer: boolean;
}

const bf16 = plain("BF16");
const f32 = plain("F32");
const fp8 = fp8Blocks(128);

/** Inputs that share a scale where `mlx_lm.convert` is not told otherwise. */
export const MLX_GROUP = 64;
/** Bits that `mlx_lm.convert --q-bits` is asked for, by weights id. */
export const MLX_BITS: Readonly<Record<WeightsId, number>> = {
  "mlx-3bit": 3,
  "mlx-4bit": 4,
  "mlx-5bit": 5,
  "mlx-6bit": 6,
  "mlx-8bit": 8,
};

const uniform = (encoding: Encoding, carriesMtpLayer = true): CheckpointFormat => ({
  attention: encoding,
  dense: encoding,
  shared: encoding,
  experts: encoding,
  carriesMtpLayer,
});

/** Every linear layer, the embedding and the head alike; the MTP layer is left out by the loader. */
const mlx = (bits: number): CheckpointFormat => {
  const encoding = mlxAffine(bits, MLX_GROUP);
  return { ...uniform(encoding, false), ends: encoding };
};

/**
 * The formats, by weights id. Norms, router and the MTP projection stay 16-bit in all of them (the
 * checkpoint keeps `eh_proj` without scales), embedding and head in all but MLX's, the router's correction
 * bias 32-bit.
 *
 * Source   fp8: deepseek-ai/DeepSeek-V3 README_WEIGHTS.md. int8: meituan/DeepSeek-R1-Channel-INT8.
 *          awq-int4: cognitivecomputations/DeepSeek-R1-AWQ (I32 and BF16 tensors only, 671B parameters:
 *          no MTP layer). w4afp8: novita/Deepseek-R1-W4AFP8. nvfp4: nvidia/DeepSeek-R1-FP4;
 *          mxfp4: amd/DeepSeek-R1-0528-MXFP4 (exclude_layers "*self_attn* *mlp.gate.* *lm_head
 *          model.layers.61.*"): attention and MTP layer stay 16-bit in both. mxfp8: no published
 *          checkpoint; every linear layer in OCP MXFP8. mlx-*: ml-explore/mlx-lm `quantize_model`, which
 *          quantizes every module that can be (Linear, SwitchLinear, MultiLinear, Embedding), and the
 *          model's `sanitize`, which drops layer 61 and keeps `kv_b_proj` as two matrices of its size.
 */
export const CHECKPOINT_FORMATS: Readonly<Record<WeightsId, CheckpointFormat>> = {
  bf16: uniform(bf16),
  fp8: uniform(fp8),
  int8: uniform(int8Channels),
  "awq-int4": { ...uniform(awqInt4(128), false), routerBias: bf16 },
  w4afp8: { ...uniform(fp8), experts: int4Fp8Activations(128) },
  nvfp4: { ...uniform(nvfp4), attention: bf16, mtpLinear: bf16 },
  mxfp4: { ...uniform(mxfp4), attention: bf16, mtpLinear: bf16 },
  mxfp8: uniform(mxfp8),
  ...Object.fromEntries(Object.entries(MLX_BITS).map(([id, bits]) => [id, mlx(bits)])),
};

/** The format behind a weights id that is not GGUF. Throws: RangeError when there is none. */
export function checkpointFormat(weights: WeightsId): CheckpointFormat {
  const format = CHECKPOINT_FORMATS[weights];
  if (!format) throw new RangeError(`no checkpoint format "${weights}"`);
  return format;
}

const SIXTEEN_BIT: ReadonlySet<ModuleKind> = new Set<ModuleKind>([
  "embed",
  "final-norm",
  "head",
  "norm",
  "indexer-weights",
  "router",
  "mtp-embed",
  "mtp-projection",
  "mtp-head",
]);

/** How `format` writes the tensors of a family. */
export function encodingOf(weights: WeightsId, family: TensorFamily, inMtpLayer: boolean): Encoding {
  const format = checkpointFormat(weights);
  if (family.module === "router-bias") return format.routerBias ?? f32;
  if (format.ends && (family.module === "embed" || family.module === "head")) return format.ends;
  if (SIXTEEN_BIT.has(family.module)) return bf16;
  if (inMtpLayer && format.mtpLinear) return format.mtpLinear;
  if (family.module === "expert") return format.experts;
  if (family.module === "shared") return format.shared;
  if (family.module === "dense") return format.dense;
  return format.attention;
}
