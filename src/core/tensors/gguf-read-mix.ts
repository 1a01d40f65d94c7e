import type { MlaArchitecture } from "../domain/architecture.ts";
import type { GgmlType, GgufFileType } from "../domain/tensor.ts";
import { elementCount } from "./architecture-tensors.ts";
import { cachedByArchitecture } from "./cached.ts";
import { mixKey, quantizeTensors, type QuantizeOptions } from "./quantize-tensors.ts";

/** What one token reads of a file in one type. */
export interface ReadOfType {
  readonly type: GgmlType;
  readonly weights: number;
  readonly bytes: number;
}

const cached = cachedByArchitecture<readonly ReadOfType[]>();

/**
 * Weights and bytes that one token reads in MoE layers, by their types.
 *
 *   routed experts count expertsPerToken / routedExpertCount of themselves, all else whole
 *
 * Per      token, MoE layers of the main model together.
 * Leaves   out dense layers, embedding and head: a few percent, in types like the rest.
 * Anchor   Q8_0: 58 layers of 9 experts and 187,107,328 attention weights: gguf-read-mix.test.ts
 */
export function ggufReadMix(
  a: MlaArchitecture,
  type: GgufFileType,
  options: QuantizeOptions,
): readonly ReadOfType[] {
  return cached(a, mixKey(type, options), () => {
    const sums = new Map<GgmlType, { weights: number; bytes: number }>();
    for (const tensor of quantizeTensors(a, type, { ...options, mtpLayer: false })) {
      if (tensor.layer === undefined || tensor.layer < a.denseLayerCount) continue;
      const share = tensor.group === "routed-experts" ? a.expertsPerToken / a.routedExpertCount : 1;
      const sum = sums.get(tensor.type) ?? { weights: 0, bytes: 0 };
      sum.weights += share * elementCount(tensor.shape);
      sum.bytes += share * tensor.bytes;
      sums.set(tensor.type, sum);
    }
    return [...sums].map(([of, sum]) => ({ type: of, ...sum }));
  });
}
