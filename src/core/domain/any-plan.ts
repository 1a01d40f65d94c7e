/** A plan of whichever goal: what a link carries and a file holds. */
import type { DistillPlan } from "./distill-plan.ts";
import type { FinetunePlan } from "./finetune-plan.ts";
import { parseDistillPlan } from "./parse-distill-plan.ts";
import { parseFinetunePlan } from "./parse-finetune-plan.ts";
import { parsePlan } from "./parse-plan.ts";
import { describeValue, GOALS, parseJson } from "./plan-checks.ts";
import type { Plan } from "./plan.ts";
import type { PlanVocabulary } from "./plan-vocabulary.ts";
import type { Problem } from "./problem.ts";
import { fail, type Result } from "./result.ts";

export { GOALS, type Goal } from "./plan-checks.ts";

export type AnyPlan = Plan | FinetunePlan | DistillPlan;

/** The plan type of a goal. */
export interface PlanOf {
  readonly serve: Plan;
  readonly finetune: FinetunePlan;
  readonly distill: DistillPlan;
}

/** As `parsePlan`, for any goal; without one that is known the serving plan's parser says what is wrong. */
export function parseAnyPlan(input: unknown, vocabulary: PlanVocabulary): Result<AnyPlan, Problem> {
  const goal = goalOf(input);
  if (goal === "finetune") return parseFinetunePlan(input, vocabulary);
  if (goal === "distill") return parseDistillPlan(input, vocabulary);
  if (typeof goal === "string" && goal !== "serve") {
    const choices = GOALS.map((known) => `"${known}"`).join(", ");
    return fail({ path: "goal", problem: `expected one of ${choices}, got ${describeValue(goal)}` });
  }
  return parsePlan(input, vocabulary);
}

/** As `parseAnyPlan`, from JSON text. */
export function parseAnyPlanText(text: string, vocabulary: PlanVocabulary): Result<AnyPlan, Problem> {
  const input = parseJson(text);
  return input.ok ? parseAnyPlan(input.value, vocabulary) : input;
}

function goalOf(input: unknown): unknown {
  return typeof input === "object" && input !== null ? (input as { goal?: unknown }).goal : undefined;
}
