/** Writes GGUF headers for tests: fields, tensors, and no data. */
import type { ByteSource } from "../../../domain/gguf-file.ts";
import type { GgmlType } from "../../../domain/tensor.ts";
import { GGML_TYPES, ggmlBytes } from "../../ggml-types.ts";

export type WrittenValue =
  | { readonly u16: number }
  | { readonly u32: number }
  | { readonly i32: number }
  | { readonly f32: number }
  | { readonly flag: boolean }
  | { readonly text: string }
  | { readonly texts: readonly string[] };

export interface WrittenTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: GgmlType;
}

const le = (bytes: number, value: number | bigint): number[] =>
  Array.from({ length: bytes }, (_, i) =>
    Number((BigInt.asUintN(64, BigInt(value)) >> BigInt(8 * i)) & 255n),
  );
export const u32 = (value: number): number[] => le(4, value);
export const u64 = (value: number | bigint): number[] => le(8, value);
const bytesOf = (text: string): number[] => [...new TextEncoder().encode(text)];
export const text = (value: string): number[] => {
  const bytes = bytesOf(value);
  return [...u64(bytes.length), ...bytes];
};

function valueBytes(value: WrittenValue): number[] {
  if ("u16" in value) return [...u32(2), ...le(2, value.u16)];
  if ("u32" in value) return [...u32(4), ...u32(value.u32)];
  if ("i32" in value) return [...u32(5), ...u32(value.i32)];
  if ("f32" in value) return [...u32(6), ...new Uint8Array(new Float32Array([value.f32]).buffer)];
  if ("flag" in value) return [...u32(7), value.flag ? 1 : 0];
  if ("text" in value) return [...u32(8), ...text(value.text)];
  return [...u32(9), ...u32(8), ...u64(value.texts.length), ...value.texts.flatMap(text)];
}

export interface WrittenFile {
  readonly bytes: Uint8Array;
  /** With the tensor data that the header promises. */
  readonly size: number;
}

/** The header's bytes, and how long the whole file would be. */
export function writeHeader(
  fields: Readonly<Record<string, WrittenValue>>,
  tensors: readonly WrittenTensor[],
): WrittenFile {
  const parts: number[][] = [
    bytesOf("GGUF"),
    u32(3),
    u64(tensors.length),
    u64(Object.keys(fields).length),
    ...Object.entries(fields).map(([key, value]) => [...text(key), ...valueBytes(value)]),
  ];
  let offset = 0;
  for (const { name, shape, type } of tensors) {
    const start = [...text(name), ...u32(shape.length), ...shape.flatMap((axis) => u64(axis))];
    parts.push([...start, ...u32(GGML_TYPES[type].id), ...u64(offset)]);
    offset += Math.ceil(ggmlBytes(type, shape) / 32) * 32;
  }
  const bytes = Uint8Array.from(parts.flat());
  return { bytes, size: Math.ceil(bytes.length / 32) * 32 + offset };
}

/** A file of the header's bytes and then nothing but zeros, that counts what is read of it. */
export function sourceOf(
  bytes: Uint8Array,
  size = bytes.length,
  name = "model.gguf",
): ByteSource & { readonly read: ByteSource["read"]; bytesRead: number } {
  const source = {
    name,
    size,
    bytesRead: 0,
    read: (from: number, to: number) => {
      const end = Math.min(to, size);
      source.bytesRead += Math.max(0, end - from);
      const out = new Uint8Array(Math.max(0, end - from));
      out.set(bytes.subarray(from, Math.min(end, bytes.length)));
      return Promise.resolve(out);
    },
  };
  return source;
}

/** The fields by which a file of this family says its shape. */
export const FAMILY_FIELDS: Readonly<Record<string, WrittenValue>> = {
  "general.architecture": { text: "deepseek2" },
  "general.name": { text: "DeepSeek V3 0324" },
  "deepseek2.block_count": { u32: 61 },
  "deepseek2.context_length": { u32: 163840 },
  "deepseek2.embedding_length": { u32: 7168 },
  "deepseek2.feed_forward_length": { u32: 18432 },
  "deepseek2.leading_dense_block_count": { u32: 3 },
  "deepseek2.vocab_size": { u32: 129280 },
  "deepseek2.attention.head_count": { u32: 128 },
  "deepseek2.attention.q_lora_rank": { u32: 1536 },
  "deepseek2.attention.kv_lora_rank": { u32: 512 },
  "deepseek2.attention.key_length_mla": { u32: 192 },
  "deepseek2.attention.value_length_mla": { u32: 128 },
  "deepseek2.expert_count": { u32: 256 },
  "deepseek2.expert_used_count": { u32: 8 },
  "deepseek2.expert_shared_count": { u32: 1 },
  "deepseek2.expert_feed_forward_length": { u32: 2048 },
  "deepseek2.rope.dimension_count": { u32: 64 },
};
