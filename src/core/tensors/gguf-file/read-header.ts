/** The header of a GGUF file, from slices of it, with nothing in it believed before it is checked. */
import type { ByteSource, GgufHeader, GgufTensorInfo, GgufValue } from "../../domain/gguf-file.ts";
import type { Problem } from "../../domain/problem.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import type { GgmlType } from "../../domain/tensor.ts";
import { fitsBlocks, GGML_TYPES, ggmlBytes } from "../ggml-types.ts";
import { HeaderCursor, HeaderFault } from "./header-cursor.ts";
import * as limit from "./limits.ts";

interface Scalar {
  readonly bytes: number;
  readonly get: (view: DataView, at: number) => number;
}

const scalar = (bytes: number, get: Scalar["get"]): Scalar => ({ bytes, get });
const BOOL = 7;
const TEXT = 8;
const LIST = 9;
/** By the format's number of the type. */
const SCALARS: Readonly<Record<number, Scalar>> = {
  0: scalar(1, (v, at) => v.getUint8(at)),
  1: scalar(1, (v, at) => v.getInt8(at)),
  2: scalar(2, (v, at) => v.getUint16(at, true)),
  3: scalar(2, (v, at) => v.getInt16(at, true)),
  4: scalar(4, (v, at) => v.getUint32(at, true)),
  5: scalar(4, (v, at) => v.getInt32(at, true)),
  6: scalar(4, (v, at) => v.getFloat32(at, true)),
  7: scalar(1, (v, at) => v.getUint8(at)),
  10: scalar(8, (v, at) => Number(v.getBigUint64(at, true))),
  11: scalar(8, (v, at) => Number(v.getBigInt64(at, true))),
  12: scalar(8, (v, at) => v.getFloat64(at, true)),
};

const TYPE_BY_ID: ReadonlyMap<number, GgmlType> = new Map(
  (Object.keys(GGML_TYPES) as GgmlType[]).map((type) => [GGML_TYPES[type].id, type]),
);

/** A name as an error may quote it. */
const quoted = (name: string): string => JSON.stringify(name.slice(0, 60));

async function readText(cursor: HeaderCursor, what: string, most: number): Promise<string> {
  const bytes = await cursor.u64(`the length of ${what}`);
  if (bytes > most) throw new HeaderFault(`${what} has ${bytes} bytes, more than ${most}`);
  return cursor.text(bytes);
}

async function skipTexts(cursor: HeaderCursor, count: number, what: string): Promise<void> {
  for (let i = 0; i < count; i++) {
    const bytes = await cursor.u64(`the length of a text in ${what}`);
    if (bytes > limit.MAX_TEXT_BYTES)
      throw new HeaderFault(`a text in ${what} has ${bytes} bytes, more than ${limit.MAX_TEXT_BYTES}`);
    cursor.skip(bytes);
  }
}

async function skipList(cursor: HeaderCursor, what: string, depth: number): Promise<number> {
  if (depth > limit.MAX_LIST_DEPTH) throw new HeaderFault(`${what} is a list of lists of lists`);
  const kind = await cursor.u32();
  const count = await cursor.u64(`the length of ${what}`);
  const fixed = SCALARS[kind]?.bytes;
  // Every text costs its own length, every inner list its type and length.
  const each = fixed ?? (kind === TEXT ? 8 : kind === LIST ? 12 : 0);
  if (each === 0) throw new HeaderFault(`${what} is a list of type ${kind}, which GGUF does not have`);
  if (count * each > cursor.left)
    throw new HeaderFault(`${what} has ${count} entries, more than the file holds`);
  if (fixed !== undefined) cursor.skip(count * fixed);
  else if (kind === TEXT) await skipTexts(cursor, count, what);
  else for (let i = 0; i < count; i++) await skipList(cursor, what, depth + 1);
  return count;
}

async function readValue(cursor: HeaderCursor, what: string): Promise<GgufValue | null> {
  const kind = await cursor.u32();
  if (kind === LIST) return { list: await skipList(cursor, what, 1) };
  if (kind === TEXT) {
    const bytes = await cursor.u64(`the length of ${what}`);
    if (bytes > limit.MAX_TEXT_BYTES)
      throw new HeaderFault(`${what} has ${bytes} bytes, more than ${limit.MAX_TEXT_BYTES}`);
    if (bytes <= limit.KEPT_TEXT_BYTES) return cursor.text(bytes);
    cursor.skip(bytes);
    return null;
  }
  const known = SCALARS[kind];
  if (!known) throw new HeaderFault(`${what} has type ${kind}, which GGUF does not have`);
  const value = await cursor.number(known.bytes, known.get);
  if (kind !== BOOL) return value;
  if (value > 1) throw new HeaderFault(`${what} is neither true nor false`);
  return value === 1;
}

async function readFields(cursor: HeaderCursor, count: number): Promise<Map<string, GgufValue>> {
  const fields = new Map<string, GgufValue>();
  const seen = new Set<string>();
  for (let i = 0; i < count; i++) {
    const key = await readText(cursor, "a field's name", limit.MAX_KEY_BYTES);
    if (seen.has(key)) throw new HeaderFault(`field ${quoted(key)} is there twice`);
    seen.add(key);
    const value = await readValue(cursor, `field ${quoted(key)}`);
    if (value !== null) fields.set(key, value);
  }
  return fields;
}

async function readTensor(cursor: HeaderCursor, alignment: number): Promise<GgufTensorInfo> {
  const name = await readText(cursor, "a tensor's name", limit.MAX_NAME_BYTES);
  const what = `tensor ${quoted(name)}`;
  const axes = await cursor.u32();
  if (axes < 1 || axes > limit.MAX_DIMENSIONS)
    throw new HeaderFault(`${what} has ${axes} axes; ggml has 1 to ${limit.MAX_DIMENSIONS}`);
  const shape: number[] = [];
  for (let i = 0; i < axes; i++) shape.push(await cursor.u64(`an axis of ${what}`));
  const elements = shape.reduce((product, axis) => product * axis, 1);
  if (elements < 1 || !Number.isSafeInteger(elements))
    throw new HeaderFault(`${what} has the shape ${shape.join(" x ")}`);
  const typeId = await cursor.u32();
  const offset = await cursor.u64(`the offset of ${what}`);
  if (offset % alignment !== 0) throw new HeaderFault(`${what} is not aligned to ${alignment} bytes`);
  const type = TYPE_BY_ID.get(typeId) ?? null;
  if (type !== null && !fitsBlocks(type, shape[0] ?? 1))
    throw new HeaderFault(`${what} has rows of ${shape[0]}, no whole number of ${type} blocks`);
  return { name, shape, typeId, type, offset, bytes: type === null ? null : ggmlBytes(type, shape) };
}

async function readTensors(
  cursor: HeaderCursor,
  count: number,
  alignment: number,
): Promise<readonly GgufTensorInfo[]> {
  const tensors = new Map<string, GgufTensorInfo>();
  for (let i = 0; i < count; i++) {
    const tensor = await readTensor(cursor, alignment);
    if (tensors.has(tensor.name)) throw new HeaderFault(`tensor ${quoted(tensor.name)} is there twice`);
    tensors.set(tensor.name, tensor);
  }
  return [...tensors.values()];
}

/** Tensors follow one another without gap or overlap, as every reader but the eye demands. */
function checkPlaces(tensors: readonly GgufTensorInfo[], alignment: number): void {
  const inOrder = tensors.toSorted((a, b) => a.offset - b.offset);
  let end: number | null = 0;
  for (const { name, offset, bytes } of inOrder) {
    if (end !== null && offset !== end)
      throw new HeaderFault(`tensor ${quoted(name)} starts at ${offset} where ${end} follows the one before`);
    end = bytes === null ? null : offset + Math.ceil(bytes / alignment) * alignment;
  }
}

function alignmentOf(fields: ReadonlyMap<string, GgufValue>): number {
  const value = fields.get("general.alignment") ?? 32;
  const whole = typeof value === "number" && Number.isInteger(Math.log2(value));
  if (!whole || value < 1 || value > limit.MAX_ALIGNMENT)
    throw new HeaderFault("general.alignment is no power of two that a file could have");
  return value;
}

function splitOf(fields: ReadonlyMap<string, GgufValue>): GgufHeader["split"] {
  const [index, count, tensors] = ["split.no", "split.count", "split.tensors.count"].map((key) =>
    fields.get(key),
  );
  if (typeof count !== "number" || count < 2) return null;
  if (typeof index !== "number" || index < 0 || index >= count || typeof tensors !== "number")
    throw new HeaderFault(
      "its place among the split files is not told: split.no, split.count, split.tensors.count",
    );
  return { index, count, tensors };
}

const MAGIC = 0x46554747;

async function readParts(source: ByteSource): Promise<GgufHeader> {
  const cursor = new HeaderCursor(source);
  if (source.size < 24 || (await cursor.u32()) !== MAGIC) throw new HeaderFault("not a GGUF file");
  const version = await cursor.u32();
  if (version !== 2 && version !== 3) {
    if (version % 65_536 === 0)
      throw new HeaderFault("a big-endian file; llama.cpp reads such files on such machines only");
    throw new HeaderFault(`GGUF version ${version}; versions 2 and 3 are read`);
  }
  const tensorCount = await cursor.u64("the number of tensors");
  const fieldCount = await cursor.u64("the number of fields");
  if (tensorCount > limit.MAX_TENSORS)
    throw new HeaderFault(`${tensorCount} tensors, more than the ${limit.MAX_TENSORS} that any model has`);
  if (fieldCount > limit.MAX_FIELDS)
    throw new HeaderFault(`${fieldCount} fields, more than the ${limit.MAX_FIELDS} that any model has`);
  const fields = await readFields(cursor, fieldCount);
  const alignment = alignmentOf(fields);
  const tensors = await readTensors(cursor, tensorCount, alignment);
  checkPlaces(tensors, alignment);
  const dataStart = Math.ceil(cursor.position / alignment) * alignment;
  const end = Math.max(0, ...tensors.map(({ offset, bytes }) => dataStart + offset + (bytes ?? 0)));
  const { name, size } = source;
  const missingBytes = tensors.length === 0 ? 0 : Math.max(0, end - size);
  return { name, size, version, fields, tensors, alignment, dataStart, split: splitOf(fields), missingBytes };
}

/**
 * Reads a GGUF header.
 *
 * Shape    every tensor with name, shape, type and place; fields that are numbers, flags and short texts.
 *          Lists (the tokenizer's) are walked over, their length kept.
 * Costs    the header alone, in slices of 4 MiB: about 5.3 MB of this family's files, whatever their size.
 * Refuses  what no writer makes: see `limits.ts`. The Problem's path is the file's name.
 * Source   ggml's GGUF specification, versions 2 and 3
 */
export async function readGgufHeader(source: ByteSource): Promise<Result<GgufHeader, Problem>> {
  try {
    return ok(await readParts(source));
  } catch (error) {
    if (!(error instanceof HeaderFault)) throw error;
    return fail({ path: source.name.slice(0, 120), problem: error.message });
  }
}
