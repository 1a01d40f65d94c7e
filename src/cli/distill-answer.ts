/** A distillation plan's estimate on the command line. */
import type { DistillEstimate } from "../core/domain/distill-estimate.ts";
import type { DistillPlan } from "../core/domain/distill-plan.ts";
import { checkDistillIds, evaluateDistill } from "../core/model/distill/evaluate-distill.ts";
import { loadStudents } from "../planner-data.ts";
import { BadInput } from "./bad-input.ts";
import { factsFor } from "./evaluate-plan.ts";

let loading: ReturnType<typeof loadStudents> | undefined;

/** Students and devices, loaded once. */
export const studentFacts = (): ReturnType<typeof loadStudents> => (loading ??= loadStudents());

/** Throws BadInput for a student or a device that no table knows. */
export async function evaluateDistillPlan(plan: DistillPlan): Promise<DistillEstimate> {
  const students = await studentFacts();
  const wrong = checkDistillIds(plan, students);
  if (wrong) throw new BadInput(wrong);
  return evaluateDistill(plan, { model: await factsFor(plan.cluster.accelerator), students });
}
