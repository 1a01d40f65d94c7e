import type { MlaArchitecture } from "../domain/architecture.ts";
import type { GgufFileType, GgufManifest, GgufTensor, ManifestTensor } from "../domain/tensor.ts";
import { elementCount } from "./architecture-tensors.ts";
import { listGgufTensors } from "./gguf-tensors.ts";
import { quantizeTensors, type QuantizeOptions } from "./quantize-tensors.ts";

/** GGUF's default alignment: each tensor starts on a multiple of it. */
const ALIGNMENT = 32;
/** `--split-max-size 50G`; llama-gguf-split's G is 1000^3. */
export const DEFAULT_SPLIT_MAX_BYTES = 50e9;

export interface ManifestOptions extends QuantizeOptions {
  readonly splitMaxBytes?: number;
}

/** Name of split file `index` (from 1) of `count`, as llama-gguf-split writes it. */
export function splitFileName(prefix: string, index: number, count: number): string {
  const five = (n: number): string => String(n).padStart(5, "0");
  return `${prefix}-${five(index)}-of-${five(count)}.gguf`;
}

const padded = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

interface Placed {
  readonly tensor: GgufTensor;
  readonly offset: number;
  readonly split: number;
}

/** Fills a file until the next tensor would pass the limit; headers do not count. */
function placeTensors(tensors: readonly GgufTensor[], maxBytes: number): Placed[] {
  let split = 1;
  let used = 0;
  return tensors.map((tensor) => {
    const bytes = padded(tensor.bytes);
    if (used > 0 && used + bytes > maxBytes) {
      split += 1;
      used = 0;
    }
    const offset = used;
    used += bytes;
    return { tensor, offset, split };
  });
}

function listSplits(placed: readonly Placed[], prefix: string): GgufManifest["splits"] {
  const count = placed.at(-1)?.split ?? 0;
  return Array.from({ length: count }, (_, i) => {
    const inFile = placed.filter(({ split }) => split === i + 1);
    return {
      file: splitFileName(prefix, i + 1, count),
      tensors: inFile.length,
      bytes: inFile.reduce((sum, { tensor }) => sum + padded(tensor.bytes), 0),
    };
  });
}

/**
 * The conversion manifest: every tensor of the quantized file, what it is made of, its type, its bytes, and
 * where it lies after the file is split.
 *
 *   offset = sum over earlier tensors of the same split file of bytes rounded up to 32
 *
 * Shape    tensors in the order in which llama-quantize writes them. A stack of experts names its sources
 *          once, with `{0..255}` for the experts' numbers. `offset` counts from the start of the file's
 *          tensor data; `splits[].bytes` is that data with its padding.
 * Leaves   out headers (about 5.3 MB in the first file): they depend on the tokenizer's text.
 * Throws   RangeError for a split size that is not positive.
 * Source   llama-gguf-split v0.5.0 `--split-max-size`
 * Anchor   50 GB splits: Q4_K_M 9 files, Q8_0 15: gguf-manifest.test.ts
 */
export function buildManifest(
  a: MlaArchitecture,
  model: string,
  type: GgufFileType,
  options: ManifestOptions,
): GgufManifest {
  const splitMaxBytes = options.splitMaxBytes ?? DEFAULT_SPLIT_MAX_BYTES;
  if (!(splitMaxBytes > 0)) throw new RangeError("splitMaxBytes must be positive");
  const sources = new Map(listGgufTensors(a, options).map((t) => [t.name, t.sources]));
  const placed = placeTensors(quantizeTensors(a, type, options), splitMaxBytes);
  const tensors: ManifestTensor[] = placed.map(({ tensor, offset, split }) => ({
    ...tensor,
    sources: sources.get(tensor.name) ?? [],
    offset,
    split,
  }));
  return {
    model,
    type,
    imatrix: options.imatrix,
    mtpLayer: options.mtpLayer,
    alignment: ALIGNMENT,
    splitMaxBytes,
    splits: listSplits(placed, `${model}-${type}`),
    parameters: tensors.reduce((sum, t) => sum + elementCount(t.shape), 0),
    tensorBytes: tensors.reduce((sum, t) => sum + t.bytes, 0),
    tensors,
  };
}
