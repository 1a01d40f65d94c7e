import type { ExplainedTerm } from "../../domain/explanation.ts";

/** One term of a worked formula: its value with the unit, where that comes from, and the plan's field that changes it. */
export function term(
  name: string,
  value: string,
  from: string,
  basis: ExplainedTerm["basis"],
  path?: string,
): ExplainedTerm {
  return path === undefined ? { name, value, from, basis } : { name, value, from, basis, path };
}
