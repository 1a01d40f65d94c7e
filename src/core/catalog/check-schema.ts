import * as v from "valibot";
import type { Problem } from "../domain/problem.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { describeIssue } from "./describe-issue.ts";

/**
 * One value against one schema: the checked value, or the first problem with `base` before its path.
 *
 * Valibot takes a list for an object that lacks its keys; a list where an object belongs is refused here.
 */
export function checkSchema<S extends v.GenericSchema>(
  schema: S,
  input: unknown,
  base: string,
): Result<v.InferOutput<S>, Problem> {
  if (Array.isArray(input) && schema.type !== "array") {
    return fail({ path: base, problem: "expected an object, got a list" });
  }
  const parsed = v.safeParse(schema, input, { abortEarly: true });
  return parsed.success ? ok(parsed.output) : fail(describeIssue(parsed.issues[0], base));
}
