/**
 * The one YAML printer: objects in, text out. Strings are always quoted, so that a 1.1 reader (booleans
 * `no`, sexagesimal `12:30`) and a 1.2 reader find the same values; nothing is folded, no anchors.
 */
import { Document, isMap, isSeq, Scalar, type Node } from "yaml";
import { oneLine } from "../text.ts";

/** A value with the reason why it stands there: printed as a comment behind it. */
export class Explained {
  readonly value: YamlValue;
  readonly because: string;
  constructor(value: YamlValue, because: string) {
    this.value = value;
    this.because = oneLine(because);
  }
}

/** A whole file inside a document, line by line as it stands. */
export class FileText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type YamlValue =
  | FileText
  | string
  | number
  | boolean
  | Explained
  | readonly YamlValue[]
  | { readonly [key: string]: YamlValue | undefined };

export const explained = (value: YamlValue, because: string): Explained => new Explained(value, because);

export function printYaml(
  value: YamlValue,
  heading: readonly string[] = [],
): { text: string; reasons: { line: number; because: string }[] } {
  const document = new Document(undefined, { version: "1.1", aliasDuplicateObjects: false });
  document.contents = toNode(document, value);
  document.commentBefore = heading.map((line) => ` ${oneLine(line)}`).join("\n");
  const body = document.toString({
    lineWidth: 0,
    defaultStringType: "QUOTE_DOUBLE",
    defaultKeyType: "PLAIN",
    singleQuote: false,
  });
  return { text: body, reasons: findReasons(body, collect(value)) };
}

function toNode(document: Document, value: YamlValue): Node {
  if (value instanceof Explained) {
    const node = toNode(document, value.value);
    if (!isMap(node) && !isSeq(node)) node.comment = ` ${value.because}`;
    return node;
  }
  if (value instanceof FileText) {
    const node = new Scalar(value.text);
    node.type = Scalar.BLOCK_LITERAL;
    return node;
  }
  if (Array.isArray(value)) {
    const list = document.createNode([]);
    for (const item of value as readonly YamlValue[]) list.items.push(toNode(document, item) as never);
    return list;
  }
  if (typeof value === "object") {
    const map = document.createNode({}) as unknown as { set(key: string, node: Node): void } & Node;
    for (const [key, inner] of Object.entries(value)) {
      if (inner !== undefined) map.set(key, toNode(document, inner));
    }
    return map;
  }
  return document.createNode(value) as Node;
}

function collect(value: YamlValue): string[] {
  if (value instanceof Explained) return [value.because, ...collect(value.value)];
  if (typeof value !== "object" || value instanceof FileText) return [];
  return Object.values(value).flatMap((inner) => (inner === undefined ? [] : collect(inner)));
}

/** Reasons are printed in order, one behind its value; the text itself tells the line. */
function findReasons(text: string, reasons: readonly string[]): { line: number; because: string }[] {
  const lines = text.split("\n");
  const found: { line: number; because: string }[] = [];
  let from = 0;
  for (const because of reasons) {
    const index = lines.findIndex((line, at) => at >= from && line.endsWith(` # ${because}`));
    if (index < 0) continue;
    found.push({ line: index + 1, because });
    from = index + 1;
  }
  return found;
}
