/** The container: keys, tensor infos, and a hole where the data would be. Costs no disk. */
import { Buffer } from "node:buffer";
import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";

export const U32 = 4;
export const F32 = 6;
export const BOOL = 7;
export const STRING = 8;
const ALIGNMENT = 32;
const padded = (n) => Math.ceil(n / ALIGNMENT) * ALIGNMENT;

const u32 = (n) => {
  const b = Buffer.alloc(4);
  b.writeUInt32LE(n);
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

const ENCODE = { [U32]: u32, [F32]: f32, [BOOL]: (v) => Buffer.from([v ? 1 : 0]), [STRING]: text };

export const entry = (key, kind, value) => Buffer.concat([text(key), u32(kind), ENCODE[kind](value)]);

/** `tensors`: {name, shape (fastest axis first), typeId, bytes} in file order. Returns the file's size. */
export function writeGguf(path, keys, tensors) {
  let offset = 0;
  const infos = tensors.map(({ name, shape, typeId, bytes }) => {
    const info = [text(name), u32(shape.length), ...shape.map(u64), u32(typeId), u64(offset)];
    offset += padded(bytes);
    return Buffer.concat(info);
  });
  const start = [Buffer.from("GGUF"), u32(3), u64(tensors.length), u64(keys.length)];
  const header = Buffer.concat([...start, ...keys, ...infos]);
  const size = padded(header.length) + offset;
  const file = openSync(path, "w");
  try {
    writeSync(file, header);
    ftruncateSync(file, size);
  } finally {
    closeSync(file);
  }
  return size;
}
