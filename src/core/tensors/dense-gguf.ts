/**
 * Which ggml type each tensor of a dense model gets in each file type of llama-quantize.
 *
 * Source   llama.cpp v0.5.0 for architectures without experts; every family and type compared with its dry
 *          run in dense-gguf.llama-cpp.test.ts
 */
import type { DenseArchitecture } from "../domain/dense-architecture.ts";
import type { GgmlType, GgufFileType, GgufTensor } from "../domain/tensor.ts";
import { unit } from "../units/quantity.ts";
import { listDenseTensors, type DensePart, type DenseTensor } from "./dense-tensors.ts";
import { fitType, GGUF_MIXES, hasMoreBits } from "./gguf-mixes.ts";
import { fitsBlocks, ggmlBytes } from "./ggml-types.ts";

interface Place {
  readonly type: GgufFileType;
  readonly base: GgmlType;
  readonly imatrix: boolean;
  readonly part: DensePart;
  /** Block of the tensor, and values and down-projections that came before it. */
  readonly layer: number;
  readonly layers: number;
  readonly valuesSeen: number;
  readonly downsSeen: number;
  /** Four or more query heads share a key. */
  readonly grouped: boolean;
  /** Llama with 80 blocks and grouped heads: llama.cpp spends more on its values. */
  readonly seventyBillion: boolean;
}

const TINY: ReadonlySet<GgufFileType> = new Set<GgufFileType>([
  "IQ2_XXS",
  "IQ2_XS",
  "IQ2_S",
  "IQ2_M",
  "IQ1_S",
  "IQ1_M",
]);

const first = (i: number, n: number, parts: number): boolean => i < Math.floor(n / parts);

function headType(p: Place, rowFits: boolean): GgmlType {
  if (p.type === "MXFP4_MOE" || !rowFits) return "q8_0";
  if (TINY.has(p.type) || p.type === "IQ3_XXS") return "q5_K";
  return p.base === "q8_0" ? "q8_0" : "q6_K";
}

function embeddingType({ type, base }: Place): GgmlType {
  switch (type) {
    case "IQ2_XXS":
    case "IQ2_XS":
    case "IQ1_S":
    case "IQ1_M":
      return "q2_K";
    case "IQ2_S":
    case "IQ2_M":
    case "IQ3_XXS":
      return "iq3_s";
    case "TQ1_0":
    case "TQ2_0":
    case "Q2_0":
      return "q4_K";
    default:
      return base;
  }
}

/** Types of two bits and fewer have rules of their own. */
function tinyType(p: Place): GgmlType {
  const second = p.type === "IQ2_S" || p.type === "IQ2_M";
  const raised: GgmlType = second ? "iq3_s" : "q2_K";
  if (p.part === "v" || p.part === "qkv") return p.grouped ? "q4_K" : raised;
  if (p.part === "down") return first(p.downsSeen, p.layers, 8) ? raised : p.base;
  if (p.part !== "o") return p.base;
  if (p.type === "IQ1_S" || p.type === "IQ1_M") return "iq2_xxs";
  return second ? "iq3_s" : p.base;
}

function valueType(p: Place): GgmlType {
  const chosen = plainValueType(p);
  return p.seventyBillion && (chosen === "q3_K" || chosen === "q4_K") ? "q5_K" : chosen;
}

function plainValueType({ type, base, imatrix, grouped, valuesSeen, layers }: Place): GgmlType {
  switch (type) {
    case "Q2_K":
      return grouped ? "q4_K" : "q3_K";
    case "Q2_K_S":
    case "IQ3_XS":
    case "IQ3_S":
      return grouped ? "q4_K" : base;
    case "IQ3_XXS":
      if (grouped) return "q4_K";
      return imatrix ? base : "iq3_s";
    case "IQ3_M":
      return "q4_K";
    case "Q3_K_M":
      return valuesSeen < 2 ? "q5_K" : "q4_K";
    case "Q3_K_L":
      return "q5_K";
    case "IQ4_NL":
    case "IQ4_XS":
      return grouped ? "q5_K" : base;
    case "Q4_K_M":
    case "Q5_K_M":
      return hasMoreBits(valuesSeen, layers) ? "q6_K" : base;
    case "Q4_K_S":
      return valuesSeen < 4 ? "q5_K" : base;
    default:
      return base;
  }
}

function downType({ type, base, imatrix, layer, layers }: Place): GgmlType {
  const eighth = first(layer, layers, 8);
  switch (type) {
    case "Q2_K":
      return "q3_K";
    case "Q2_K_S":
    case "IQ3_M":
      return eighth ? "q4_K" : base;
    case "IQ3_XXS":
      if (imatrix) return base;
      return eighth ? "q4_K" : "q3_K";
    case "Q3_K_M":
      return first(layer, layers, 16) ? "q5_K" : "q4_K";
    case "Q3_K_L":
      return "q5_K";
    case "Q4_K_M":
    case "Q5_K_M":
      return hasMoreBits(layer, layers) ? "q6_K" : base;
    case "Q4_K_S":
      return eighth ? "q5_K" : base;
    case "IQ4_NL":
    case "IQ4_XS":
      return eighth && !imatrix ? "q5_K" : base;
    case "Q4_0":
      return eighth && imatrix ? "q4_1" : base;
    case "Q5_0":
      return eighth && imatrix ? "q5_1" : base;
    default:
      return base;
  }
}

const OUTPUTS: Partial<Readonly<Record<GgufFileType, GgmlType>>> = {
  Q2_K: "q3_K",
  IQ3_XXS: "iq3_s",
  Q3_K_M: "q4_K",
  Q3_K_L: "q5_K",
  IQ3_M: "q4_K",
};
const QUERIES: Partial<Readonly<Record<GgufFileType, GgmlType>>> = { IQ3_XS: "iq3_xxs", IQ3_XXS: "iq2_s" };

function innerType(p: Place): GgmlType {
  if (TINY.has(p.type)) return tinyType(p);
  switch (p.part) {
    case "v":
    case "qkv":
      return valueType(p);
    case "q":
    case "k":
      return QUERIES[p.type] ?? p.base;
    case "down":
      return downType(p);
    case "o":
      return OUTPUTS[p.type] ?? p.base;
    case "gate":
    case "up": {
      const middle = !first(p.layer, p.layers, 8) && p.layer < Math.floor((7 * p.layers) / 8);
      return p.type === "IQ3_XS" && middle ? "iq3_xxs" : p.base;
    }
    default:
      return p.base;
  }
}

const FLOATS: ReadonlySet<GgufFileType> = new Set<GgufFileType>(["F32", "F16", "BF16"]);

function chooseType(p: Place, tensor: DenseTensor, tied: boolean): GgmlType {
  if (FLOATS.has(p.type)) return p.base;
  const rowFits = fitsBlocks(p.base, tensor.shape[0] ?? 1);
  if (tensor.part === "output" || (tied && tensor.part === "embedding")) return headType(p, rowFits);
  if (tensor.part === "embedding") return embeddingType(p);
  return p.type === "MXFP4_MOE" ? "q8_0" : innerType(p);
}

/**
 * Every tensor of the file that llama-quantize would write for a dense model, with its type and bytes.
 *
 *   bytes = elements / blockElements * blockBytes
 *
 * Norms, biases and rotary tables stay 32-bit float. A tied embedding is typed as the head that it also is.
 *
 * Leaves   out the file's header, mostly the tokenizer: 3 to 20 MB.
 * Anchor   Llama-3.2-3B Q4_K_M 2,011,539,712 bytes; a published file of it has 2,019,377,696 with its header
 */
export function quantizeDense(a: DenseArchitecture, type: GgufFileType, imatrix: boolean): GgufTensor[] {
  const { base } = GGUF_MIXES[type];
  const grouped = a.headCount / a.kvHeadCount >= 4;
  const seventyBillion = a.family === "llama" && a.layerCount === 80 && a.headCount !== a.kvHeadCount;
  let valuesSeen = 0;
  let downsSeen = 0;
  return listDenseTensors(a).map((tensor) => {
    const { name, shape, group, layer, part } = tensor;
    const place: Place = {
      ...{ type, base, imatrix, part, valuesSeen, downsSeen, grouped, seventyBillion },
      layer: layer ?? 0,
      layers: a.layerCount,
    };
    if (part === "v" || part === "qkv") valuesSeen += 1;
    if (part === "down") downsSeen += 1;
    const chosen =
      part === "kept" ? "f32" : fitType(chooseType(place, tensor, a.tiedEmbedding), shape[0] ?? 1);
    return {
      name,
      shape,
      group,
      ...(layer === undefined ? {} : { layer }),
      type: chosen,
      bytes: unit.bytes(ggmlBytes(chosen, shape)),
    };
  });
}
