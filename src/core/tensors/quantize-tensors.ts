import type { MlaArchitecture } from "../domain/architecture.ts";
import type { GgmlType, GgufFileType, GgufTensor } from "../domain/tensor.ts";
import { findPatternFault } from "../domain/tensor-pattern.ts";
import { unit } from "../units/quantity.ts";
import { fitType, GGUF_MIXES, hasMoreBits, type Mix, type MixRule, type Where } from "./gguf-mixes.ts";
import { ggufLayerCount, listGgufTensors, type ConvertedTensor } from "./gguf-tensors.ts";
import { ggmlBytes } from "./ggml-types.ts";

/** `--tensor-type PATTERN=TYPE`: the first pattern found in a tensor's name decides, before all mixing rules. */
export interface TypeOverride {
  /** A regular expression, found anywhere in the tensor's name. */
  readonly pattern: string;
  readonly type: GgmlType;
}

export interface QuantizeOptions {
  readonly imatrix: boolean;
  readonly mtpLayer: boolean;
  readonly overrides?: readonly TypeOverride[];
}

/** Tells the mixes of one architecture apart. */
export function mixKey(type: GgufFileType, { imatrix, mtpLayer, overrides = [] }: QuantizeOptions): string {
  const rules = overrides.length > 0 ? JSON.stringify(overrides) : "";
  return `${type}|${imatrix}|${mtpLayer}|${rules}`;
}

interface Place {
  readonly layer: number;
  readonly layers: number;
  /** Down-projections that came before this tensor. */
  readonly downsSeen: number;
  readonly stacked: boolean;
}

function holds(where: Where, place: Place): boolean {
  const { layer, layers } = place;
  const eighth = Math.floor(layers / 8);
  const lastEighth = Math.floor((7 * layers) / 8);
  switch (where) {
    case "everywhere":
      return true;
    case "first-sixteenth":
      return layer < Math.floor(layers / 16);
    case "first-eighth":
      return layer < eighth;
    case "first-eighth-seen":
      return place.downsSeen < eighth;
    case "middle":
      return layer >= eighth && layer < lastEighth;
    case "more-bits":
      return hasMoreBits(layer, layers);
    case "stacked":
      return place.stacked;
  }
}

function chooseType(mix: Mix, tensor: ConvertedTensor, place: Place, imatrix: boolean): GgmlType {
  const matches = (rule: MixRule): boolean =>
    (rule.part === "any" || rule.part === tensor.part) &&
    (rule.imatrix === undefined || rule.imatrix === imatrix) &&
    holds(rule.where, place);
  return mix.rules.find(matches)?.type ?? mix.base;
}

function compileOverrides(overrides: readonly TypeOverride[]): { find: RegExp; type: GgmlType }[] {
  return overrides.map(({ pattern, type }) => {
    const fault = findPatternFault(pattern);
    if (fault !== undefined) throw new RangeError(`${JSON.stringify(pattern.slice(0, 40))} ${fault}`);
    return { find: new RegExp(pattern), type };
  });
}

/**
 * Every tensor of the file that llama-quantize would write, with its type and bytes.
 *
 *   type  = first override found in the name, else the mixing rule of the file type, else its base
 *   bytes = elements / blockElements * blockBytes
 *
 * A type whose blocks do not divide a row falls back (attn_k_b has rows of 128, K-quants blocks of 256).
 * Norms, the router and its bias stay 32-bit float, overrides or not.
 *
 * Leaves   out the file's header (about 5.3 MB, mostly the tokenizer) and padding: see `buildManifest`.
 * Throws   RangeError for an override pattern that `findPatternFault` does not take.
 * Source   llama.cpp v0.5.0; every type, tensor and byte compared with its dry run in
 *          test/llama-cpp/quantize-dry-run.test.ts
 * Anchor   Q4_K_M 404,488,847,360 bytes
 */
export function quantizeTensors(
  a: MlaArchitecture,
  type: GgufFileType,
  options: QuantizeOptions,
): GgufTensor[] {
  const mix = GGUF_MIXES[type];
  const layers = ggufLayerCount(a, options.mtpLayer);
  const overrides = compileOverrides(options.overrides ?? []);
  let downsSeen = 0;
  return listGgufTensors(a, options).map((tensor) => {
    const { name, shape, group, layer } = tensor;
    const place = { layer: layer ?? 0, layers, downsSeen, stacked: shape.length > 2 };
    const override = overrides.find(({ find }) => find.test(name))?.type;
    // The mixing rules never see an overridden tensor, so it does not count among those that they saw.
    if (tensor.part === "down" && override === undefined) downsSeen += 1;
    const wanted = override ?? chooseType(mix, tensor, place, options.imatrix);
    const chosen = tensor.part === "kept" ? "f32" : fitType(wanted, tensor.shape[0] ?? 1);
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
