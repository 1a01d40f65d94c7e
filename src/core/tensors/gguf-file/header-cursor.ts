import type { ByteSource } from "../../domain/gguf-file.ts";
import { CHUNK_BYTES, MAX_HEADER_BYTES } from "./limits.ts";

/** A header that cannot be believed; its message is the one line that people see. */
export class HeaderFault extends Error {}

/** Names and most texts are ASCII; the rest is UTF-8, or broken and shown as what it is. */
function decode(bytes: Uint8Array): string {
  let plain = "";
  let escaped = "";
  for (const byte of bytes) {
    plain += byte < 0x80 ? String.fromCharCode(byte) : "\uFFFD";
    escaped += `%${byte.toString(16).padStart(2, "0")}`;
  }
  if (!plain.includes("\uFFFD")) return plain;
  try {
    return decodeURIComponent(escaped);
  } catch {
    return plain;
  }
}

/** Walks over a file from its start, a chunk in memory at a time. */
export class HeaderCursor {
  readonly #source: ByteSource;
  #chunk: DataView = new DataView(new ArrayBuffer(0));
  #chunkStart = 0;
  /** Bytes walked over. */
  position = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** Bytes that may still belong to the header. */
  get left(): number {
    return Math.min(this.#source.size, MAX_HEADER_BYTES) - this.position;
  }

  async u8(): Promise<number> {
    return (await this.#take(1)).getUint8(this.#advance(1));
  }

  async u32(): Promise<number> {
    return (await this.#take(4)).getUint32(this.#advance(4), true);
  }

  /** Larger than any number a file can need is a fault, not a rounded number. */
  async u64(what: string): Promise<number> {
    const value = (await this.#take(8)).getBigUint64(this.#advance(8), true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER))
      throw new HeaderFault(`${what} is ${value}: no file has that`);
    return Number(value);
  }

  /** A number of one of the format's types, read by `get` at an offset. */
  async number(bytes: number, get: (view: DataView, at: number) => number): Promise<number> {
    return get(await this.#take(bytes), this.#advance(bytes));
  }

  async text(bytes: number): Promise<string> {
    const view = await this.#take(bytes);
    const at = this.#advance(bytes);
    return decode(new Uint8Array(view.buffer, view.byteOffset + at, bytes));
  }

  /** Steps over bytes without reading them. */
  skip(bytes: number): void {
    if (bytes > this.left) throw this.#tooShort();
    this.position += bytes;
  }

  #advance(bytes: number): number {
    const at = this.position - this.#chunkStart;
    this.position += bytes;
    return at;
  }

  async #take(bytes: number): Promise<DataView> {
    const end = this.#chunkStart + this.#chunk.byteLength;
    if (this.position >= this.#chunkStart && this.position + bytes <= end) return this.#chunk;
    if (bytes > this.left) throw this.#tooShort();
    const to = Math.min(this.#source.size, this.position + Math.max(CHUNK_BYTES, bytes));
    const read = await this.#source.read(this.position, to);
    if (read.byteLength < bytes) throw this.#tooShort();
    this.#chunk = new DataView(read.buffer, read.byteOffset, read.byteLength);
    this.#chunkStart = this.position;
    return this.#chunk;
  }

  #tooShort(): HeaderFault {
    return this.#source.size > MAX_HEADER_BYTES
      ? new HeaderFault(`its header is longer than ${MAX_HEADER_BYTES / 1024 ** 2} MiB: no model's is`)
      : new HeaderFault("it ends inside its header: the download is not complete");
  }
}
