/** The fine-tuning model's answers, for whichever thread they are asked on. */
import { explainFinetune } from "../src/core/model/explain/explain-finetune.ts";
import { evaluateFinetune } from "../src/core/model/finetune/evaluate-finetune.ts";
import { finetuneAround } from "../src/core/search/finetune-around.ts";
import { catalog } from "../src/planner-data.ts";
import { fullestRank } from "../src/core/domain/finetune-estimate.ts";
import type { FinetunePlan } from "../src/core/domain/finetune-plan.ts";
import type { FinetuneApi, FinetuneConsequence } from "./finetune-api.ts";

function consequence(plan: FinetunePlan): FinetuneConsequence {
  const { fits, infeasible, memory, performance, cost } = evaluateFinetune(plan, { catalog });
  return {
    fits,
    reason: infeasible[0]?.message ?? null,
    bytes: memory === null ? null : fullestRank(memory),
    hours: performance?.trainHours.value ?? null,
    usd: cost?.usd.value ?? null,
  };
}

export const finetuner: FinetuneApi = {
  evaluate: (plan) => Promise.resolve(evaluateFinetune(plan, { catalog })),
  compare: (plans) => Promise.resolve(plans.map(consequence)),
  explain: (plan) => Promise.resolve(explainFinetune(plan, catalog)),
  around: (plan) => Promise.resolve(finetuneAround(plan, catalog)),
};
