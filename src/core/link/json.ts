/** JSON values, and the few things that a link does with them. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The same value, keys sorted at every depth: equal values print as equal text. */
export function sortKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map((item: Json) => sortKeys(item));
  if (!isObject(value)) return value;
  const sorted: Record<string, Json> = {};
  for (const key of Object.keys(value).sort()) sorted[key] = sortKeys(value[key] ?? null);
  return sorted;
}

export function equals(a: Json, b: Json): boolean {
  return JSON.stringify(sortKeys(a)) === JSON.stringify(sortKeys(b));
}

/** Deeper than any plan; stops recursion over hostile text early. */
const MAX_DEPTH = 32;

/** What no plan holds and no code should walk: deep nesting, keys that reach the prototype. */
export function findHostile(value: Json, depth = 0): string | undefined {
  if (depth > MAX_DEPTH) return "is nested too deep";
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    if (key === "__proto__") return 'holds the forbidden key "__proto__"';
    const found = findHostile(inner, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
