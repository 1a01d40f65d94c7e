/** From a schema's complaint to the one line that a maintainer of the data needs. */
import type * as v from "valibot";
import type { Problem } from "../domain/problem.ts";

/**
 * The first issue as `file: field.path: what is wrong`.
 *
 * `base` (`accelerators/h200-sxm.json`) stands before the field's path; array positions are bracketed.
 */
export function describeIssue(issue: v.BaseIssue<unknown>, base: string): Problem {
  const leaf = deepest(issue);
  const inside = [...keysOf(issue), ...(leaf === issue ? [] : keysOf(leaf))];
  const path = formatPath(inside);
  return { path: joinPath(base, path), problem: explain(leaf) };
}

export function joinPath(base: string, path: string): string {
  if (path === "") return base;
  return base === "" ? path : `${base}: ${path}`;
}

/** `["rows", 3, "unit"]` → `rows[3].unit`. */
export function formatPath(keys: readonly (string | number)[]): string {
  let out = "";
  for (const key of keys) {
    if (typeof key === "number") out += `[${key}]`;
    else out += out === "" ? key : `.${key}`;
  }
  return out;
}

/** A union's own issue says little; the branch that got furthest says what is wrong. */
function deepest(issue: v.BaseIssue<unknown>): v.BaseIssue<unknown> {
  if (issue.type !== "union" || !issue.issues) return issue;
  const furthest = [...issue.issues].sort((a, b) => keysOf(b).length - keysOf(a).length)[0];
  return furthest && keysOf(furthest).length > 0 ? deepest(furthest) : issue;
}

function keysOf(issue: v.BaseIssue<unknown>): (string | number)[] {
  return (issue.path ?? []).map((item) => (typeof item.key === "number" ? item.key : String(item.key)));
}

function explain(issue: v.BaseIssue<unknown>): string {
  const got = describeValue(issue.input);
  if (/^strict_(object|tuple)$/.test(issue.type) && issue.expected === "never") {
    return issue.type === "strict_tuple" ? "one value too many" : "unknown key";
  }
  if (issue.input === undefined) return "required, and missing";
  const requirement = issue.requirement;
  switch (issue.type) {
    case "integer":
      return `expected a whole number, got ${got}`;
    case "finite":
      return `expected a finite number, got ${got}`;
    case "gt_value":
      return `must be more than ${String(requirement)}, got ${got}`;
    case "min_value":
      return `must be at least ${String(requirement)}, got ${got}`;
    case "regex":
    case "non_empty":
      return `${issue.message}, got ${got}`;
    case "custom":
      return `expected an object, got ${got}`;
    case "min_length":
      return "must not be empty";
    default:
      return `expected ${plain(issue.expected ?? "another value")}, got ${got}`;
  }
}

const plain = (expected: string): string => expected.replaceAll('"', "").replace(/^Object$/, "an object");

function describeValue(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  if (typeof value === "string") return value === "" ? "an empty text" : value.slice(0, 60);
  return JSON.stringify(value);
}
