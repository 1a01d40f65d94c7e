/** A line of a kit's file, cut for reading: flags heavy, values petrol, comments grey. Nothing else is coloured. */
export interface CodeToken {
  readonly text: string;
  readonly kind: "plain" | "flag" | "value" | "comment";
}

const FLAG = /(^|\s)(--?[A-Za-z][\w.-]*)(?:(=|\s+)("[^"]*"|'[^']*'|[^\s\\-][^\s\\]*))?/g;

/** `path` decides what a line can hold: scripts have flags, everything may have comments but JSON. */
export function tokenizeLine(line: string, path: string): readonly CodeToken[] {
  if (path.endsWith(".json") || path.endsWith(".md")) return [{ text: line, kind: "plain" }];
  if (/^\s*(#|\/\/)/.test(line)) return [{ text: line, kind: "comment" }];
  const tokens: CodeToken[] = [];
  let at = 0;
  const push = (text: string, kind: CodeToken["kind"]) => {
    if (text !== "") tokens.push({ text, kind });
  };
  for (const match of line.matchAll(FLAG)) {
    const [whole, before = "", flag = "", between = "", value = ""] = match;
    push(line.slice(at, match.index) + before, "plain");
    push(flag, "flag");
    push(between, "plain");
    push(value, "value");
    at = match.index + whole.length;
  }
  push(line.slice(at), "plain");
  return tokens;
}
