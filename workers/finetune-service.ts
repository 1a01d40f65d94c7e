/** The fine-tuning model's answers, for whichever thread they are asked on. */
import { evaluateFinetune } from "../src/core/model/finetune/evaluate-finetune.ts";
import { finetuneAround } from "../src/core/search/finetune-around.ts";
import { catalog } from "../src/planner-data.ts";
import type { FinetuneApi } from "./finetune-api.ts";

export const finetuner: FinetuneApi = {
  evaluate: (plan) => Promise.resolve(evaluateFinetune(plan, { catalog })),
  around: (plan) => Promise.resolve(finetuneAround(plan, catalog)),
};
