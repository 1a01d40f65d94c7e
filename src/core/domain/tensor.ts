import type { Bytes } from "../units/quantity.ts";

/** What a tensor is part of: the grain of the treemap, of sharding and of the mixing rules. */
export type TensorGroup =
  | "embedding"
  | "attention"
  | "dense-ffn"
  | "router"
  | "shared-expert"
  | "routed-experts"
  | "norm"
  | "output"
  | "mtp";

/** One tensor of the architecture as the vendor's checkpoint names it, before any format. */
export interface ArchitectureTensor {
  /** `model.layers.3.mlp.experts.0.up_proj.weight` */
  readonly name: string;
  /** Row-major, as in the checkpoint: [out, in]. */
  readonly shape: readonly number[];
  readonly group: TensorGroup;
  /** Absent for embedding, final norm and head. The MTP layer is layer `layerCount`. */
  readonly layer?: number;
  readonly expert?: number;
}

/** The same tensor as a checkpoint stores it: its type, its bytes, and its scales as companions. */
export interface StoredTensor extends ArchitectureTensor {
  readonly type: string;
  readonly bytes: Bytes;
  /** Block scales, zero points: further tensors of the file that belong to this one. */
  readonly companions: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly type: string;
    readonly bytes: Bytes;
  }[];
}

/** ggml's tensor types, as `llama-quantize` prints them. */
export type GgmlType =
  | "f32"
  | "f16"
  | "bf16"
  | "q4_0"
  | "q4_1"
  | "q5_0"
  | "q5_1"
  | "q8_0"
  | "q2_K"
  | "q3_K"
  | "q4_K"
  | "q5_K"
  | "q6_K"
  | "iq1_s"
  | "iq1_m"
  | "iq2_xxs"
  | "iq2_xs"
  | "iq2_s"
  | "iq3_xxs"
  | "iq3_s"
  | "iq4_nl"
  | "iq4_xs"
  | "tq1_0"
  | "tq2_0"
  | "mxfp4"
  | "q1_0"
  | "q2_0";

/** The types that `llama-quantize` offers, by its own names. */
export type GgufFileType =
  | "F32"
  | "F16"
  | "BF16"
  | "Q8_0"
  | "Q6_K"
  | "Q5_K_M"
  | "Q5_K_S"
  | "Q5_1"
  | "Q5_0"
  | "Q4_K_M"
  | "Q4_K_S"
  | "Q4_1"
  | "Q4_0"
  | "IQ4_NL"
  | "IQ4_XS"
  | "MXFP4_MOE"
  | "Q3_K_L"
  | "Q3_K_M"
  | "Q3_K_S"
  | "IQ3_M"
  | "IQ3_S"
  | "IQ3_XS"
  | "IQ3_XXS"
  | "Q2_K"
  | "Q2_K_S"
  | "IQ2_M"
  | "IQ2_S"
  | "IQ2_XS"
  | "IQ2_XXS"
  | "IQ1_M"
  | "IQ1_S"
  | "TQ1_0"
  | "TQ2_0"
  | "Q2_0"
  | "Q1_0";

/** One tensor of a converted GGUF file. */
export interface GgufTensor {
  /** `blk.3.ffn_down_exps.weight` */
  readonly name: string;
  /** ggml order: fastest axis first. */
  readonly shape: readonly number[];
  readonly group: TensorGroup;
  readonly layer?: number;
  readonly type: GgmlType;
  readonly bytes: Bytes;
}

/** A row of the conversion manifest. */
export interface ManifestTensor extends GgufTensor {
  /** Checkpoint tensors it is made of, in order. */
  readonly sources: readonly string[];
  /** From the start of the tensor data of its split file. */
  readonly offset: number;
  /** 1-based number of the split file. */
  readonly split: number;
}

export interface GgufManifest {
  readonly model: string;
  readonly type: GgufFileType;
  readonly imatrix: boolean;
  readonly mtpLayer: boolean;
  readonly alignment: number;
  readonly splitMaxBytes: number;
  readonly splits: readonly { readonly file: string; readonly tensors: number; readonly bytes: number }[];
  readonly parameters: number;
  readonly tensorBytes: number;
  readonly tensors: readonly ManifestTensor[];
}
