/** Fine-tuning plans of tests, through the parser: what is left out is completed as for a user. */
import { catalog } from "../../../../planner-data.ts";
import type { FinetunePlan } from "../../../domain/finetune-plan.ts";
import { parseFinetunePlan } from "../../../domain/parse-finetune-plan.ts";
import { vocabularyOf } from "../../../domain/plan-vocabulary.ts";

export function planOf(written: object): FinetunePlan {
  const input = { version: 1, goal: "finetune", model: "deepseek-v3", data: { tokens: 1e9 }, ...written };
  const plan = parseFinetunePlan(input, vocabularyOf(catalog));
  if (!plan.ok) throw new Error(`${plan.error.path}: ${plan.error.problem}`);
  return plan.value;
}

export const cluster = (accelerator: string, nodes: number, acceleratorsPerNode = 8, more = {}) => ({
  accelerator,
  nodes,
  acceleratorsPerNode,
  ...more,
});
