/** What a schema of one file cannot see: that ids named in one file exist in another. */
import type { Problem } from "../domain/problem.ts";
import { formatPath, joinPath } from "./describe-issue.ts";

/**
 * Every `source` of a file names a key of sources.json.
 *
 * Works on the raw JSON, so that no schema can forget one. Returns the first that dangles.
 */
export function findDanglingSource(
  file: string,
  content: unknown,
  sources: ReadonlySet<string>,
): Problem | undefined {
  const keys: (string | number)[] = [];
  const visit = (value: unknown): string | undefined => {
    if (typeof value !== "object" || value === null) return undefined;
    const entries: [string | number, unknown][] = Array.isArray(value)
      ? value.map((item, index) => [index, item])
      : Object.entries(value);
    for (const [key, inner] of entries) {
      keys.push(key);
      if (key === "source" && typeof inner === "string" && !sources.has(inner)) return inner;
      const found = visit(inner);
      if (found !== undefined) return found;
      keys.pop();
    }
    return undefined;
  };
  const id = visit(content);
  return id === undefined ? undefined : danglingSource(file, formatPath(keys), id);
}

export function danglingSource(file: string, path: string, id: string): Problem {
  return { path: joinPath(file, path), problem: `no source "${id}" in sources.json` };
}
