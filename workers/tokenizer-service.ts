import { PreTrainedTokenizer } from "@xenova/transformers/src/tokenizers.js";
import type { TraceColumns } from "../src/core/domain/plan-simulation.ts";
import { fail, ok } from "../src/core/domain/result.ts";
import { createEncoder, type EncodeTokens } from "../src/core/workload/files/token-encoder.ts";
import { WorkloadFileReader } from "../src/core/workload/files/workload-file-reader.ts";
import type { OnProgress, TokenizerApi } from "./tokenizer-api.ts";
import type { TokenizerFiles } from "./tokenizer-files.ts";

/** Between two of these the worker hears of nothing else; also the step of the progress bar. */
const CHUNK_BYTES = 1 << 17;
const PROGRESS_EVERY_MS = 100;

/** The tokenizer behind a promise: built at the first call, again at the next where that failed. */
export function createTokenizerService(load: () => Promise<TokenizerFiles>): TokenizerApi {
  let encoder: Promise<EncodeTokens> | undefined;
  let loadMs = 0;
  let last: Promise<unknown> = Promise.resolve();
  let trace: TraceColumns | null = null;
  const build = async (): Promise<EncodeTokens> => {
    const start = performance.now();
    const { tokenizer, config } = await load();
    const { encode } = createEncoder(PreTrainedTokenizer, tokenizer, config);
    loadMs = performance.now() - start;
    return encode;
  };
  const ready = (): Promise<EncodeTokens> => {
    encoder ??= build().catch((error: unknown) => {
      encoder = undefined;
      throw error;
    });
    return encoder;
  };
  return {
    async load() {
      await ready();
      return { loadMs };
    },
    async encode(text) {
      return (await ready())(text);
    },
    trace: () => Promise.resolve(trace),
    readFile(file, options, onProgress) {
      const read = async () => {
        trace = null;
        const reader = new WorkloadFileReader(await ready(), file.name, options);
        try {
          await feed(file, reader, onProgress);
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          return fail({ path: file.name, problem: `could not be read: ${reason}` });
        }
        const summary = reader.end();
        trace = reader.trace();
        return ok(summary);
      };
      const turn = last.then(read, read);
      last = turn;
      return turn;
    },
  };
}

async function feed(file: File, reader: WorkloadFileReader, onProgress: OnProgress): Promise<void> {
  const utf16 = encodingOf(new Uint8Array(await file.slice(0, 2).arrayBuffer()));
  const decoder = new TextDecoder(utf16, { ignoreBOM: false });
  let told = 0;
  for (let at = 0; at < file.size && !reader.isDone; at += CHUNK_BYTES) {
    const bytes = await file.slice(at, at + CHUNK_BYTES).arrayBuffer();
    reader.push(decoder.decode(bytes, { stream: true }));
    const now = performance.now();
    if (now - told < PROGRESS_EVERY_MS) continue;
    told = now;
    onProgress({ bytes: Math.min(file.size, at + CHUNK_BYTES), totalBytes: file.size, ...reader.progress });
  }
  reader.push(decoder.decode());
  onProgress({ bytes: file.size, totalBytes: file.size, ...reader.progress });
}

/** What spreadsheets on Windows write begins with a mark of its byte order. */
function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
}
