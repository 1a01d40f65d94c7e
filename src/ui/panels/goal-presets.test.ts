import { describe, expect, it } from "vitest";
import { catalog, loadStudents } from "../../planner-data.ts";
import { parseDistillPlan } from "../../core/domain/parse-distill-plan.ts";
import { parseFinetunePlan } from "../../core/domain/parse-finetune-plan.ts";
import { vocabularyOf } from "../../core/domain/plan-vocabulary.ts";
import { evaluateDistill } from "../../core/model/distill/evaluate-distill.ts";
import { evaluateFinetune } from "../../core/model/finetune/evaluate-finetune.ts";
import { DISTILL_PRESETS } from "./distill/distill-presets.ts";
import { FINETUNE_PRESETS } from "./finetune/finetune-presets.ts";

const vocabulary = vocabularyOf(catalog);
const students = await loadStudents();

describe("common starts of the other goals", () => {
  it.each(FINETUNE_PRESETS)("fine-tune: $name fits, with a speed and a price", ({ plan }) => {
    const parsed = parseFinetunePlan(plan, vocabulary);
    if (!parsed.ok) throw new Error(`${parsed.error.path}: ${parsed.error.problem}`);
    const estimate = evaluateFinetune(parsed.value, { catalog });
    expect(estimate.infeasible).toEqual([]);
    expect(estimate.performance?.tokensPerSecond.value).toBeGreaterThan(0);
    expect(estimate.cost).not.toBeNull();
  });

  it.each(DISTILL_PRESETS)("distil: $name works from end to end", ({ plan }) => {
    const parsed = parseDistillPlan(plan, vocabulary);
    if (!parsed.ok) throw new Error(`${parsed.error.path}: ${parsed.error.problem}`);
    const estimate = evaluateDistill(parsed.value, { model: { catalog, opTables: null }, students });
    expect(estimate.infeasible).toEqual([]);
    expect(estimate.chain?.usd?.value).toBeGreaterThan(0);
    expect(estimate.service?.breakEven.length).toBeGreaterThan(0);
  });
});
