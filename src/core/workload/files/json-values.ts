/** The elements of a JSON array that comes in pieces, each as text, without holding the array. */
import { MOST_CHARACTERS, type FileParser, type RecordSink } from "./file-record.ts";
import { recordOf } from "./json-records.ts";
import { isFields, own } from "./read-fields.ts";

/** Where a document keeps its records when it is an object itself. */
const LISTS = [
  "data",
  "requests",
  "records",
  "items",
  "rows",
  "examples",
  "conversations",
  "traces",
  "results",
];

export function parseJson(text: string): { readonly value: unknown } | { readonly problem: string } {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    const message = error instanceof Error ? error.message : "";
    return { problem: `not JSON: ${message.slice(0, 100)}` };
  }
}

/** A line of JSON Lines, or an element of a list. */
export function takeJson(text: string, line: number, sink: RecordSink): void {
  const parsed = parseJson(text);
  if ("problem" in parsed) return sink.problem(line, parsed.problem);
  const record = recordOf(parsed.value);
  if (typeof record === "string") sink.problem(line, record);
  else sink.record(record, line);
}

/** Takes a whole document: a list of records, an object that holds one, or one record. */
export function createJson(sink: RecordSink, most = MOST_CHARACTERS): FileParser {
  const values = createValues(sink, most, (text, line, inList) => {
    if (inList) return takeJson(text, line, sink);
    const parsed = parseJson(text);
    if ("problem" in parsed) return sink.problem(line, parsed.problem);
    const { value } = parsed;
    const list = isFields(value)
      ? LISTS.map((name) => own(value, name)).find((items) => Array.isArray(items) && isRecordList(items))
      : undefined;
    const records = Array.isArray(list) ? (list as readonly unknown[]) : [value];
    for (const item of records) {
      const record = recordOf(item);
      if (typeof record === "string") sink.problem(line, record);
      else sink.record(record, line);
    }
  });
  return values;
}

/** A list of messages is one record, not many. */
const isRecordList = (items: readonly unknown[]): boolean =>
  isFields(items[0]) && own(items[0], "role") === undefined && own(items[0], "from") === undefined;

const [NEW_LINE, QUOTE, COMMA, BACKSLASH, LIST, OBJECT] = [0x0a, 0x22, 0x2c, 0x5c, 0x5b, 0x7b];
const STRUCTURE: ReadonlySet<number> = new Set([LIST, 0x5d, OBJECT, 0x7d]);

type TakeValue = (text: string, line: number, inList: boolean) => void;

/** The text of the value that is being read. */
class HeldValue {
  readonly #most: number;
  #parts: string[] = [];
  #length = 0;
  /** Where it began; -1 before it has. */
  startLine = -1;

  constructor(most: number) {
    this.#most = most;
  }

  keep(text: string): void {
    this.#length += text.length;
    if (this.#length <= this.#most) this.#parts.push(text);
    else this.#parts = [];
  }

  /** Hands it on and begins anew. */
  finish(line: number, inList: boolean, sink: RecordSink, take: TakeValue): void {
    const text = this.#parts.join("");
    const at = this.startLine < 0 ? line : this.startLine;
    if (this.#length > this.#most) sink.problem(at, `longer than ${this.#most} characters`);
    else if (text.trim() !== "") take(text, at, inList);
    this.#parts = [];
    this.#length = 0;
    this.startLine = -1;
  }
}

/** Cuts text at the ends of top values, or of elements where the top value is a list. */
function createValues(sink: RecordSink, most: number, take: TakeValue): FileParser {
  let depth = 0;
  let inList = false;
  let inString = false;
  let escaped = false;
  let line = 1;
  const held = new HeldValue(most);
  /** What a bracket or comma outside strings ends; returns where the next value begins. */
  const structure = (code: number, text: string, from: number, at: number): number => {
    if (code === COMMA) {
      if (!inList || depth !== 1) return from;
      held.keep(text.slice(from, at));
      held.finish(line, inList, sink, take);
      return at + 1;
    }
    if (code === LIST || code === OBJECT) {
      if (++depth > 1) {
        if (held.startLine < 0) held.startLine = line;
        return from;
      }
      if (/[^\s,]/.test(text.slice(from, at))) sink.problem(line, "text between values");
      inList = code === LIST;
      held.startLine = inList ? -1 : line;
      return inList ? at + 1 : at;
    }
    if (depth === 0) return from;
    if (--depth > 0) return from;
    held.keep(text.slice(from, inList ? at : at + 1));
    held.finish(line, inList, sink, take);
    return at + 1;
  };
  return {
    push(text) {
      let from = 0;
      for (let at = 0; at < text.length; at++) {
        const code = text.charCodeAt(at);
        if (code === NEW_LINE) line++;
        if (escaped) escaped = false;
        else if (inString) {
          if (code === BACKSLASH) escaped = true;
          else if (code === QUOTE) inString = false;
        } else if (code === QUOTE) inString = depth > 0;
        else if (code === COMMA || STRUCTURE.has(code)) from = structure(code, text, from, at);
      }
      if (from < text.length && depth > 0) held.keep(text.slice(from));
      else if (/[^\s,]/.test(text.slice(from))) sink.problem(line, "text between values");
    },
    end() {
      if (depth > 0) sink.problem(held.startLine < 0 ? line : held.startLine, "the file ends inside a value");
    },
  };
}
