/** How one matrix is written in a checkpoint: the element type, and the scales and zero points beside it. */
import type { StoredTensor } from "../domain/tensor.ts";
import { unit } from "../units/quantity.ts";
import { elementCount } from "./architecture-tensors.ts";

export type Companion = StoredTensor["companions"][number];

export interface Encoded {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: string;
  readonly bytes: number;
  readonly companions: readonly Companion[];
}

/** Writes the matrix `name` of shape [out, in]. */
export type Encoding = (name: string, shape: readonly number[]) => Encoded;

const BYTES_PER_ELEMENT: Readonly<Record<string, number>> = {
  F32: 4,
  BF16: 2,
  F16: 2,
  I32: 4,
  F8_E4M3: 1,
  F8_E8M0: 1,
  U32: 4,
  I8: 1,
  U8: 1,
};

function sized(name: string, shape: readonly number[], type: string): Companion {
  const perElement = BYTES_PER_ELEMENT[type];
  if (perElement === undefined) throw new RangeError(`unknown element type ${type}`);
  return { name, shape, type, bytes: unit.bytes(elementCount(shape) * perElement) };
}

function axes(shape: readonly number[]): readonly [out: number, inner: number] {
  const [out, inner] = shape;
  if (out === undefined || inner === undefined || shape.length !== 2)
    throw new RangeError(`expected a matrix, got [${shape.join(", ")}]`);
  return [out, inner];
}

/** One group of `size` consecutive inputs has one scale; a last partial group has its own. */
const groups = (inner: number, size: number): number => Math.ceil(inner / size);
const base = (name: string): string => name.replace(/\.weight$/, "");

/** A tensor without companions. */
export const plain =
  (type: "BF16" | "F16" | "F32"): Encoding =>
  (name, shape) => ({ ...sized(name, shape, type), companions: [] });

/** FP8 with a float32 scale for every block of `block` x `block` weights, partial blocks included. */
export const fp8Blocks =
  (block: number): Encoding =>
  (name, shape) => {
    const [out, inner] = axes(shape);
    const scaleShape = [groups(out, block), groups(inner, block)];
    return {
      ...sized(name, shape, "F8_E4M3"),
      companions: [sized(`${name}_scale_inv`, scaleShape, "F32")],
    };
  };

/** INT8 with a float32 scale for every output channel. */
export const int8Channels: Encoding = (name, shape) => {
  const [out] = axes(shape);
  return { ...sized(name, shape, "I8"), companions: [sized(`${name}_scale`, [out, 1], "F32")] };
};

/** AWQ: eight 4-bit weights in an int32 along the outputs; zero point and 16-bit scale a group and output. */
export const awqInt4 =
  (groupSize: number): Encoding =>
  (name, shape) => {
    const [out, inner] = axes(shape);
    const count = groups(inner, groupSize);
    return {
      ...sized(`${base(name)}.qweight`, [inner, out / 8], "I32"),
      companions: [
        sized(`${base(name)}.qzeros`, [count, out / 8], "I32"),
        sized(`${base(name)}.scales`, [count, out], "BF16"),
      ],
    };
  };

/** Two signed 4-bit weights a byte, a scale for every group of inputs, one scale for the activations. */
export const int4Fp8Activations =
  (groupSize: number): Encoding =>
  (name, shape) => {
    const [out, inner] = axes(shape);
    return {
      ...sized(name, [out, inner / 2], "I8"),
      companions: [
        sized(`${name}_scale_inv`, [out, groups(inner, groupSize)], "BF16"),
        sized(`${base(name)}.input_scale`, [1], "BF16"),
      ],
    };
  };

/** NVFP4: two weights a byte, an FP8 scale for 16 inputs, float32 scales for the matrix and its input. */
export const nvfp4: Encoding = (name, shape) => {
  const [out, inner] = axes(shape);
  return {
    ...sized(name, [out, inner / 2], "U8"),
    companions: [
      sized(`${name}_scale`, [out, groups(inner, 16)], "F8_E4M3"),
      sized(`${name}_scale_2`, [], "F32"),
      sized(`${base(name)}.input_scale`, [], "F32"),
    ],
  };
};

/** MXFP4: two weights a byte, a power-of-two scale for 32 inputs. */
export const mxfp4: Encoding = (name, shape) => {
  const [out, inner] = axes(shape);
  return {
    ...sized(name, [out, inner / 2], "U8"),
    companions: [sized(`${name}_scale`, [out, groups(inner, 32)], "F8_E8M0")],
  };
};

/** MXFP8: FP8 weights, a power-of-two scale for 32 inputs. */
export const mxfp8: Encoding = (name, shape) => {
  const [out, inner] = axes(shape);
  return {
    ...sized(name, shape, "F8_E4M3"),
    companions: [sized(`${name}_scale`, [out, groups(inner, 32)], "F8_E8M0")],
  };
};

/**
 * MLX's affine quantization: codes packed into 32-bit words, a scale and a bias in 16 bit for every group of
 * inputs: `bits + 32 / groupSize` bits a weight.
 */
export const mlxAffine =
  (bits: number, groupSize: number): Encoding =>
  (name, shape) => {
    const [out, inner] = axes(shape);
    const perGroup = [out, groups(inner, groupSize)];
    return {
      ...sized(name, [out, (inner * bits) / 32], "U32"),
      companions: [
        sized(`${base(name)}.scales`, perGroup, "BF16"),
        sized(`${base(name)}.biases`, perGroup, "BF16"),
      ],
    };
  };
