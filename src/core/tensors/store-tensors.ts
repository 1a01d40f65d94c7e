import type { MlaArchitecture } from "../domain/architecture.ts";
import type { WeightsId } from "../domain/plan.ts";
import type { StoredTensor } from "../domain/tensor.ts";
import { unit } from "../units/quantity.ts";
import {
  expertName,
  listTensorFamilies,
  type TensorFamily,
  type TensorListOptions,
} from "./architecture-tensors.ts";
import { encodingOf } from "./checkpoint-formats.ts";

function storeOne(
  a: MlaArchitecture,
  weights: WeightsId,
  family: TensorFamily,
  expert?: number,
): StoredTensor {
  const inMtpLayer = family.layer !== undefined && family.layer >= a.layerCount;
  const name = expert === undefined ? family.name : expertName(family.name, expert);
  const encoded = encodingOf(weights, family, inMtpLayer)(name, family.shape);
  return {
    ...encoded,
    bytes: unit.bytes(encoded.bytes),
    group: family.group,
    ...(family.layer === undefined ? {} : { layer: family.layer }),
    ...(expert === undefined ? {} : { expert }),
  };
}

/** A family as stored: one member, to be counted `family.copies` times. */
export function storeFamily(a: MlaArchitecture, weights: WeightsId, family: TensorFamily): StoredTensor {
  return storeOne(a, weights, family);
}

/** Bytes of a stored tensor with its scales and zero points. */
export function storedBytes(tensor: StoredTensor): number {
  return tensor.companions.reduce<number>((sum, companion) => sum + companion.bytes, tensor.bytes);
}

/**
 * Every tensor of a safetensors checkpoint in the given format, scales included.
 *
 * Leaves   out the safetensors headers (about 130 bytes a tensor).
 * Throws   RangeError for an id that is no safetensors format.
 * Anchor   fp8 with the MTP layer: 688,574,839,360 bytes; store-tensors.test.ts.
 */
export function storeTensors(
  a: MlaArchitecture,
  weights: WeightsId,
  options: TensorListOptions,
): StoredTensor[] {
  return listTensorFamilies(a, options).flatMap((family) =>
    family.copies === 1
      ? [storeOne(a, weights, family)]
      : Array.from({ length: family.copies }, (_, expert) => storeOne(a, weights, family, expert)),
  );
}
