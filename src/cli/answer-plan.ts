/** What a plan of any goal comes to, ready to be printed either way. */
import type { AnyPlan } from "../core/domain/any-plan.ts";
import type { DistillPlan } from "../core/domain/distill-plan.ts";
import type { FinetunePlan } from "../core/domain/finetune-plan.ts";
import type { Infeasible } from "../core/domain/infeasible.ts";
import type { Plan } from "../core/domain/plan.ts";
import { evaluateFinetune } from "../core/model/finetune/evaluate-finetune.ts";
import { catalog } from "../planner-data.ts";
import { evaluateDistillPlan } from "./distill-answer.ts";
import { evaluatePlan } from "./evaluate-plan.ts";
import { printDistill } from "./print-distill.ts";
import { printEstimate } from "./print-estimate.ts";
import { printFinetune } from "./print-finetune.ts";

export interface Answer {
  readonly fits: boolean;
  readonly infeasible: readonly Infeasible[];
  /** The estimate, as `--json` prints it. */
  readonly json: unknown;
  readonly print: () => string;
}

export async function answerPlan(plan: AnyPlan): Promise<Answer> {
  if (plan.goal === "serve") return answerServing(plan);
  if (plan.goal === "distill") return answerDistilling(plan);
  return answerFinetune(plan);
}

async function answerServing(plan: Plan): Promise<Answer> {
  const estimate = await evaluatePlan(plan);
  const { fits, infeasible } = estimate;
  return { fits, infeasible, json: estimate, print: () => printEstimate(plan, estimate) };
}

async function answerDistilling(plan: DistillPlan): Promise<Answer> {
  const estimate = await evaluateDistillPlan(plan);
  const { fits, infeasible } = estimate;
  return { fits, infeasible, json: estimate, print: () => printDistill(plan, estimate) };
}

function answerFinetune(plan: FinetunePlan): Answer {
  const estimate = evaluateFinetune(plan, { catalog });
  const { fits, infeasible } = estimate;
  return { fits, infeasible, json: estimate, print: () => printFinetune(plan, estimate) };
}

/** Why a plan cannot be, one line a reason. */
export function reasonsOf({ infeasible }: Pick<Answer, "infeasible">, name?: string): string[] {
  const prefix = name === undefined ? "" : `${name}: `;
  if (infeasible.length === 0) return [`${prefix}infeasible: the plan does not fit`];
  return infeasible.map(({ kind, message }) => `${prefix}${kind}: ${message}`);
}
