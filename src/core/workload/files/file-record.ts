/** What parsers hand on: one record of a file, its tokens not yet counted. */
import type { RecordShape } from "../../domain/workload-file.ts";
import type { ChatMessage } from "./chat-template.ts";

export type Content =
  | { readonly kind: "text"; readonly text: string }
  /** Rendered already: as a log writes the prompt, marks and all. */
  | { readonly kind: "rendered"; readonly text: string }
  | { readonly kind: "messages"; readonly messages: readonly ChatMessage[] }
  | { readonly kind: "ids"; readonly ids: readonly number[] }
  | { readonly kind: "count"; readonly tokens: number };

export interface FileRecord {
  readonly kind: "request";
  readonly shape: RecordShape;
  /** `conversation`: every answer in `input` was a request of its own, and `output` is null. */
  readonly input: Content | null;
  readonly output: Content | null;
  readonly conversation?: boolean;
  readonly atMs?: number;
  readonly endMs?: number;
  /** Prompt tokens that the server found in its cache. */
  readonly cachedTokens?: number;
  /** Requests that the record sums up: its lengths are their means. */
  readonly weight?: number;
  /** Definitions of tools came along, whose tokens are not counted. */
  readonly tools?: boolean;
  /** Images and other parts that are no text. */
  readonly otherParts?: number;
}

/** What a server wrote about itself at one moment. */
export interface GaugeRecord {
  readonly kind: "gauge";
  readonly atMs?: number;
  readonly running?: number;
  readonly promptTokens?: number;
  readonly cachedTokens?: number;
  readonly hitShare?: number;
}

/** Where parsers put what they find. */
export interface RecordSink {
  record(record: FileRecord | GaugeRecord, line: number): void;
  problem(line: number, problem: string): void;
  /** Said once each. */
  note(note: string): void;
}

/** Text goes in as it comes, cut anywhere; what is not yet whole waits. */
export interface FileParser {
  push(text: string): void;
  end(): void;
}

/** A record longer than this is left out and counted: no prompt is, and memory stays bounded. */
export const MOST_CHARACTERS = 1 << 24;
