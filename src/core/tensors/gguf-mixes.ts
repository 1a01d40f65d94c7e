/**
 * Which ggml type each part of the model gets in each file type of llama-quantize, as a table.
 *
 * Source   llama.cpp v0.5.0 for architectures `deepseek2` and `deepseek32` (256 experts, MLA): what its dry run
 *          reports for every type. Files with 8 experts follow other rules, which are not here.
 */
import type { GgmlType, GgufFileType } from "../domain/tensor.ts";
import { fitsBlocks } from "./ggml-types.ts";
import type { GgufPart } from "./gguf-tensors.ts";

/**
 * Where in the model a rule holds, for block i of n (integer division).
 * `first-eighth-seen` counts down-projections as they come instead of blocks: two of them in a MoE block.
 */
export type Where =
  | "everywhere"
  | "first-sixteenth"
  | "first-eighth"
  | "first-eighth-seen"
  | "middle" // neither the first nor the last eighth
  | "more-bits" // first and last eighth, and every third block between
  | "stacked"; // three-dimensional tensors

export interface MixRule {
  readonly part: GgufPart | "any";
  readonly where: Where;
  /** Only with, or only without, an importance matrix. */
  readonly imatrix?: boolean;
  readonly type: GgmlType;
}

export interface Mix {
  readonly base: GgmlType;
  /** The first rule that holds decides; else `base`. */
  readonly rules: readonly MixRule[];
  /** llama-quantize refuses to make the file without an importance matrix. */
  readonly needsImatrix?: boolean;
}

const output = (type: GgmlType): MixRule => ({ part: "output", where: "everywhere", type });
const embedding = (type: GgmlType): MixRule => ({ part: "embedding", where: "everywhere", type });
const attentionOutput = (type: GgmlType): MixRule => ({
  part: "attention-output",
  where: "everywhere",
  type,
});
const down = (where: Where, type: GgmlType, imatrix?: boolean): MixRule =>
  imatrix === undefined ? { part: "down", where, type } : { part: "down", where, type, imatrix };

const mix = (base: GgmlType, ...rules: MixRule[]): Mix => ({ base, rules: [...rules, output("q6_K")] });
const plain = (base: GgmlType): Mix => ({ base, rules: [] });
/** Written by the converter, which keeps the weights of an indexer's heads in 32 bits. */
const converted = (base: GgmlType): Mix => ({
  base,
  rules: [{ part: "index-weights", where: "everywhere", type: "f32" }],
});
const indexKey = (type: GgmlType): MixRule => ({ part: "index-key", where: "everywhere", type });
const withImatrix = (m: Mix): Mix => ({ ...m, needsImatrix: true });

/** The smallest types keep head and embedding well above their base. */
const tiny = (base: GgmlType, embeddingType: GgmlType, firstDown: GgmlType, ...rules: MixRule[]): Mix =>
  withImatrix(
    mix(base, output("q5_K"), embedding(embeddingType), down("first-eighth-seen", firstDown), ...rules),
  );

export const GGUF_MIXES: Readonly<Record<GgufFileType, Mix>> = {
  F32: plain("f32"),
  F16: converted("f16"),
  BF16: converted("bf16"),
  Q8_0: plain("q8_0"),
  Q6_K: mix("q6_K"),
  Q5_K_M: mix("q5_K", down("more-bits", "q6_K")),
  Q5_K_S: mix("q5_K"),
  Q5_1: mix("q5_1"),
  Q5_0: mix("q5_0", down("first-eighth", "q5_1", true)),
  Q4_K_M: mix("q4_K", down("more-bits", "q6_K")),
  Q4_K_S: mix("q4_K", down("first-eighth", "q5_K")),
  Q4_1: mix("q4_1"),
  Q4_0: mix("q4_0", down("first-eighth", "q4_1", true)),
  IQ4_NL: mix("iq4_nl", down("first-eighth", "q5_K", false)),
  IQ4_XS: mix("iq4_xs", down("first-eighth", "q5_K", false)),
  MXFP4_MOE: { base: "q8_0", rules: [{ part: "any", where: "stacked", type: "mxfp4" }] },
  Q3_K_L: mix("q3_K", down("everywhere", "q5_K"), attentionOutput("q5_K")),
  Q3_K_M: mix("q3_K", down("first-sixteenth", "q5_K"), down("everywhere", "q4_K"), attentionOutput("q4_K")),
  Q3_K_S: mix("q3_K"),
  IQ3_M: mix("iq3_s", down("first-eighth", "q4_K"), attentionOutput("q4_K")),
  IQ3_S: mix("iq3_s"),
  IQ3_XS: withImatrix(
    mix("iq3_s", { part: "gate-up", where: "middle", type: "iq3_xxs" }, indexKey("iq3_xxs")),
  ),
  IQ3_XXS: withImatrix(
    mix(
      "iq3_xxs",
      output("q5_K"),
      embedding("iq3_s"),
      down("first-eighth", "q4_K", false),
      down("everywhere", "q3_K", false),
      attentionOutput("iq3_s"),
      indexKey("iq2_s"),
    ),
  ),
  Q2_K: mix("q2_K", down("everywhere", "q3_K"), attentionOutput("q3_K")),
  Q2_K_S: withImatrix(mix("q2_K", down("first-eighth", "q4_K"))),
  IQ2_M: tiny("iq2_s", "iq3_s", "iq3_s", attentionOutput("iq3_s")),
  IQ2_S: tiny("iq2_xs", "iq3_s", "iq3_s", attentionOutput("iq3_s")),
  IQ2_XS: tiny("iq2_xs", "q2_K", "q2_K"),
  IQ2_XXS: tiny("iq2_xxs", "q2_K", "q2_K"),
  IQ1_M: tiny("iq1_m", "q2_K", "q2_K", attentionOutput("iq2_xxs")),
  IQ1_S: tiny("iq1_s", "q2_K", "q2_K", attentionOutput("iq2_xxs")),
  TQ1_0: mix("tq1_0", embedding("q4_K")),
  TQ2_0: mix("tq2_0", embedding("q4_K")),
  Q2_0: mix("q2_0", embedding("q4_K")),
  Q1_0: mix("q1_0"),
};

/** What a tensor gets whose rows are no whole number of blocks of the chosen type. */
const FALLBACKS: Partial<Readonly<Record<GgmlType, GgmlType>>> = {
  q2_K: "q4_0",
  q3_K: "q4_0",
  tq1_0: "q4_0",
  tq2_0: "q4_0",
  q4_K: "q5_0",
  q5_K: "q5_1",
  q6_K: "q8_0",
  iq1_s: "iq4_nl",
  iq1_m: "iq4_nl",
  iq2_xxs: "iq4_nl",
  iq2_xs: "iq4_nl",
  iq2_s: "iq4_nl",
  iq3_xxs: "iq4_nl",
  iq3_s: "iq4_nl",
  iq4_xs: "iq4_nl",
};

/** The type that a row takes: blocks that do not divide it fall back, at last to halves. */
export function fitType(type: GgmlType, row: number): GgmlType {
  if (fitsBlocks(type, row)) return type;
  const fallback = FALLBACKS[type];
  return fallback && fitsBlocks(fallback, row) ? fallback : "f16";
}

/** Layers that llama.cpp spends more on: the first and the last eighth, and every third between. */
export function hasMoreBits(layer: number, layers: number): boolean {
  const eighth = Math.floor(layers / 8);
  return layer < eighth || layer >= Math.floor((7 * layers) / 8) || (layer - eighth) % 3 === 2;
}

/** Every type that llama-quantize offers, largest first. */
export const GGUF_FILE_TYPES = Object.keys(GGUF_MIXES) as readonly GgufFileType[];

/** `gguf:Q4_K_M` → `Q4_K_M`; null when the id names no type of llama-quantize. */
export function ggufFileType(weights: string): GgufFileType | null {
  const name = weights.startsWith("gguf:") ? weights.slice(5) : weights;
  return Object.hasOwn(GGUF_MIXES, name) ? (name as GgufFileType) : null;
}
