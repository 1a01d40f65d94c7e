/**
 * What one JSON object changes in another: changed and new keys with their values, nested where both
 * sides are objects, and removed keys listed under "-". A key that starts with "-" gets one more.
 */
import { equals, isObject, type Json, type JsonObject } from "./json.ts";

const REMOVED = "-";
const escapeKey = (key: string): string => (key.startsWith(REMOVED) ? REMOVED + key : key);
const unescapeKey = (key: string): string => (key.startsWith(REMOVED) ? key.slice(1) : key);

export function diff(base: JsonObject, target: JsonObject): JsonObject {
  const delta: Record<string, Json> = {};
  for (const [key, value] of Object.entries(target)) {
    const old = Object.hasOwn(base, key) ? base[key] : undefined;
    if (isObject(old) && isObject(value)) {
      const inner = diff(old, value);
      if (Object.keys(inner).length > 0) delta[escapeKey(key)] = inner;
    } else if (old === undefined || !equals(old, value)) {
      delta[escapeKey(key)] = value;
    }
  }
  const removed = Object.keys(base).filter((key) => !Object.hasOwn(target, key));
  if (removed.length > 0) delta[REMOVED] = removed.sort();
  return delta;
}

/** The inverse of `diff`: `apply(base, diff(base, target))` equals `target`. */
export function apply(base: JsonObject, delta: JsonObject): JsonObject {
  const result: Record<string, Json> = { ...base };
  const removed = delta[REMOVED];
  for (const key of Array.isArray(removed) ? (removed as readonly Json[]) : []) {
    if (typeof key === "string") delete result[key];
  }
  for (const [escaped, value] of Object.entries(delta)) {
    if (escaped === REMOVED) continue;
    const key = unescapeKey(escaped);
    const old = Object.hasOwn(base, key) ? base[key] : undefined;
    result[key] = isObject(old) && isObject(value) ? apply(old, value) : value;
  }
  return result;
}
