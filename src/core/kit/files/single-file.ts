/** A manifest of one file, for engines that take no split GGUF. */
import type { GgufManifest } from "../../domain/tensor.ts";

/** The same tensors in the same order in one file: offsets run on, each padded to the alignment. */
export function singleFile(manifest: GgufManifest): GgufManifest {
  if (manifest.splits.length <= 1) return manifest;
  const { alignment } = manifest;
  let used = 0;
  const tensors = manifest.tensors.map((tensor) => {
    const offset = used;
    used += Math.ceil(tensor.bytes / alignment) * alignment;
    return { ...tensor, offset, split: 1 };
  });
  const file = (manifest.splits[0]?.file ?? "").replace(/-\d{5}-of-\d{5}\.gguf$/, ".gguf");
  return { ...manifest, splits: [{ file, tensors: tensors.length, bytes: used }], tensors };
}
