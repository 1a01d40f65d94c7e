/**
 * The plans of a page, one for each goal, as one value: an undo step is a whole book. A goal that nobody
 * has edited yet is absent and follows the serving plan.
 */
import type { AnyPlan, Goal, PlanOf } from "../../core/domain/any-plan.ts";
import type { DistillPlan } from "../../core/domain/distill-plan.ts";
import type { FinetunePlan } from "../../core/domain/finetune-plan.ts";
import { distillOf } from "../../core/domain/parse-distill-plan.ts";
import { finetuneOf } from "../../core/domain/parse-finetune-plan.ts";
import type { Plan } from "../../core/domain/plan.ts";
import { planToLink } from "../../core/link/plan-link.ts";

export interface PlanBook {
  readonly serve: Plan;
  readonly finetune?: FinetunePlan;
  readonly distill?: DistillPlan;
}

/** The plan of a goal: the one that was made, else what the serving plan suggests. */
export function planIn<G extends Goal>(book: PlanBook, goal: G): PlanOf[G] {
  const made: Partial<PlanOf> = book;
  return made[goal] ?? SUGGESTED[goal](book.serve);
}

const SUGGESTED: { readonly [G in Goal]: (plan: Plan) => PlanOf[G] } = {
  serve: (plan) => plan,
  finetune: finetuneOf,
  distill: distillOf,
};

export const withPlan = (book: PlanBook, plan: AnyPlan): PlanBook => ({ ...book, [plan.goal]: plan });

/** The goal whose plan differs between two books; undefined where none does. */
export function changedGoal(before: PlanBook, after: PlanBook): Goal | undefined {
  return (["finetune", "distill", "serve"] as const).find((goal) => before[goal] !== after[goal]);
}

export const samePlan = (a: AnyPlan, b: AnyPlan): boolean => a === b || linkOf(a) === linkOf(b);

const written = new WeakMap<AnyPlan, string>();

/** The link of a plan of this page, written once: an edit asks for it several times. */
export function linkOf(plan: AnyPlan): string {
  const link = written.get(plan) ?? planToLink(plan);
  written.set(plan, link);
  return link;
}
