import { describe, expect, it } from "vitest";
import { finetuneOf } from "../../core/domain/parse-finetune-plan.ts";
import { EXAMPLE_PLAN } from "../../core/domain/parse-plan.ts";
import { changedGoal, planIn, samePlan, withPlan } from "./plan-book.ts";

const book = { serve: EXAMPLE_PLAN };

describe("plan book", () => {
  it("suggests a run on the serving plan's cluster until one is made", () => {
    const moved = withPlan(book, { ...EXAMPLE_PLAN, cluster: { ...EXAMPLE_PLAN.cluster, nodes: 4 } });
    expect(planIn(moved, "finetune").cluster.nodes).toBe(4);
    const made = withPlan(moved, finetuneOf(EXAMPLE_PLAN));
    expect(planIn(made, "finetune").cluster.nodes).toBe(1);
    expect(planIn(made, "serve").cluster.nodes).toBe(4);
    expect(planIn(moved, "distill").cluster.nodes).toBe(4);
  });

  it("tells which goal a step changed", () => {
    const tuned = withPlan(book, finetuneOf(EXAMPLE_PLAN));
    expect(changedGoal(book, tuned)).toBe("finetune");
    expect(changedGoal(tuned, book)).toBe("finetune");
    expect(changedGoal(book, withPlan(book, { ...EXAMPLE_PLAN, engine: "vllm" }))).toBe("serve");
    expect(changedGoal(book, book)).toBeUndefined();
  });

  it("takes plans of different goals as different", () => {
    expect(samePlan(EXAMPLE_PLAN, finetuneOf(EXAMPLE_PLAN))).toBe(false);
    expect(samePlan(EXAMPLE_PLAN, { ...EXAMPLE_PLAN })).toBe(true);
  });
});
