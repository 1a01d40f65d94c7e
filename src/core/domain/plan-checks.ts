/** What the parsers of every kind of plan check and say alike. */
import type * as v from "valibot";
import { PLAN_VERSION } from "./plan.ts";
import { nearestId } from "./plan-vocabulary.ts";
import type { Problem } from "./problem.ts";
import { fail, ok, type Result } from "./result.ts";

export const GOALS = ["serve", "finetune", "distill"] as const;
export type Goal = (typeof GOALS)[number];

/** JSON text as a value, or why it is none in one line. */
export function parseJson(text: string): Result<unknown, Problem> {
  try {
    return ok(JSON.parse(text) as unknown);
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unreadable";
    return fail({ path: "", problem: `not JSON (${reason.replaceAll(/\s+/g, " ").slice(0, 160)})` });
  }
}

/** Version and goal first: a plan of another kind must not fail on a field that it rightly has. */
export function checkHeader(input: unknown, expected: Goal): Problem | undefined {
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    return { path: "", problem: `expected a plan object, got ${describeValue(input)}` };
  }
  const { version, goal } = input as { version?: unknown; goal?: unknown };
  if (typeof version === "number" && Number.isInteger(version) && version > PLAN_VERSION) {
    return {
      path: "version",
      problem: `this plan is of version ${version}, and this Fathom reads plans up to version ${PLAN_VERSION}`,
    };
  }
  if (goal !== expected && GOALS.some((known) => known === goal)) {
    return { path: "goal", problem: `expected a "${expected}" plan here, got ${describeValue(goal)}` };
  }
  return undefined;
}

export function checkId(
  path: string,
  id: string | undefined,
  known: ReadonlySet<string> | ReadonlyMap<string, unknown>,
): Problem | undefined {
  if (id === undefined || known.has(id)) return undefined;
  const near = nearestId(id, known.keys());
  return { path, problem: `unknown id ${JSON.stringify(id)}${near ? `; did you mean "${near}"?` : ""}` };
}

/** JSON has no undefined: a field is there or it is absent, at every depth. */
export function dropUndefined<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => dropUndefined(item)) as T;
  const kept: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    if (inner !== undefined) kept[key] = dropUndefined(inner);
  }
  return kept as T;
}

type Issue = v.BaseIssue<unknown>;

/** What is wrong with one field, in the words that every parser of user input uses. */
export function describeIssue(issue: Issue): Problem {
  const path = (issue.path ?? []).map((item) => String(item.key)).join(".");
  return { path: path.slice(0, 120), problem: explain(issue) };
}

function explain(issue: Issue): string {
  const got = describeValue(issue.input);
  const requirement = "requirement" in issue ? Number(issue.requirement) : 0;
  if (issue.type === "strict_object" && issue.expected === "never") return "unknown field";
  if (issue.input === undefined) return "required, and missing";
  switch (issue.type) {
    case "integer":
      return `expected a whole number, got ${got}`;
    case "min_value":
      return `must be at least ${requirement}, got ${got}`;
    case "gt_value":
      return `must be more than ${requirement}, got ${got}`;
    case "max_value":
      return `must be at most ${requirement.toLocaleString("en-US")}, got ${got}`;
    case "picklist":
    case "literal":
    case "union":
      return `expected ${issue.expected ?? "another value"}, got ${got}`;
    case "strict_object":
      return `expected an object, got ${got}`;
    case "check":
      return issue.message;
    default:
      return `expected ${issue.expected ?? "another value"}, got ${got}`;
  }
}

export function describeValue(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  return (JSON.stringify(value) ?? String(value)).slice(0, 60);
}
