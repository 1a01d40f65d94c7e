/** The container: keys, tensor infos, and data behind them, or a hole where it would be, which costs no disk. */
import { Buffer } from "node:buffer";
import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";

export const U16 = 2;
export const U32 = 4;
export const I32 = 5;
export const F32 = 6;
export const BOOL = 7;
export const STRING = 8;
export const ARRAY = 9;
const ALIGNMENT = 32;
export const padded = (n) => Math.ceil(n / ALIGNMENT) * ALIGNMENT;

const u32 = (n) => {
  const b = Buffer.alloc(4);
  b.writeUInt32LE(n);
  return b;
};
const u16 = (n) => {
  const b = Buffer.alloc(2);
  b.writeUInt16LE(n);
  return b;
};
const i32 = (n) => {
  const b = Buffer.alloc(4);
  b.writeInt32LE(n);
  return b;
};
const u64 = (n) => {
  const b = Buffer.alloc(8);
  b.writeBigUInt64LE(BigInt(n));
  return b;
};
const f32 = (n) => {
  const b = Buffer.alloc(4);
  b.writeFloatLE(n);
  return b;
};
const text = (s) => Buffer.concat([u64(Buffer.byteLength(s)), Buffer.from(s)]);

const list = ([kind, values]) =>
  Buffer.concat([u32(kind), u64(values.length), ...values.map((value) => ENCODE[kind](value))]);
const ENCODE = {
  [U16]: u16,
  [U32]: u32,
  [I32]: i32,
  [F32]: f32,
  [BOOL]: (v) => Buffer.from([v ? 1 : 0]),
  [STRING]: text,
  [ARRAY]: list,
};

/** One key of a header. An array's value is [kind, values]. */
export const entry = (key, kind, value) => Buffer.concat([text(key), u32(kind), ENCODE[kind](value)]);

/** The header of a file of these tensors, filled to the alignment, and the bytes of data that follow it. */
export function header(keys, tensors) {
  let offset = 0;
  const infos = tensors.map(({ name, shape, typeId, bytes }) => {
    const info = [text(name), u32(shape.length), ...shape.map(u64), u32(typeId), u64(offset)];
    offset += padded(bytes);
    return Buffer.concat(info);
  });
  const start = [Buffer.from("GGUF"), u32(3), u64(tensors.length), u64(keys.length)];
  const bytes = Buffer.concat([...start, ...keys, ...infos]);
  return { bytes: Buffer.concat([bytes, Buffer.alloc(padded(bytes.length) - bytes.length)]), data: offset };
}

/** `tensors`: {name, shape (fastest axis first), typeId, bytes} in file order. Returns the file's size. */
export function writeGguf(path, keys, tensors) {
  const { bytes, data } = header(keys, tensors);
  const size = bytes.length + data;
  const file = openSync(path, "w");
  try {
    writeSync(file, bytes);
    ftruncateSync(file, size);
  } finally {
    closeSync(file);
  }
  return size;
}
