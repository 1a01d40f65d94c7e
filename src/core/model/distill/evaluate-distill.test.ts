import { describe, expect, test } from "vitest";
import { catalog, loadStudents } from "../../../planner-data.ts";
import type { DistillPlan, JudgeJob } from "../../domain/distill-plan.ts";
import { distillOf } from "../../domain/parse-distill-plan.ts";
import { EXAMPLE_PLAN } from "../../domain/parse-plan.ts";
import { evaluateDistill } from "./evaluate-distill.ts";

const students = await loadStudents();
const PLAN = distillOf(EXAMPLE_PLAN);
const evaluated = (plan: DistillPlan) =>
  evaluateDistill(plan, { model: { catalog, opTables: null }, students });
const judgedBy = (judge: JudgeJob): DistillPlan => ({
  ...PLAN,
  job: { ...PLAN.job, concurrency: 64, judge },
});

describe("a judge", () => {
  test("is a stage of the chain, and costs", () => {
    const judge = { inputTokens: 6144, outputTokens: 64, repeats: 3, sharedTokens: 512 };
    const { chain, fits, judge: job } = evaluated(judgedBy(judge));
    const plain = evaluated({ ...PLAN, job: { ...PLAN.job, concurrency: 64 } });
    expect(fits).toBe(true);
    expect(job?.requests).toBe(300_000);
    expect(chain?.stages.map(({ id }) => id)).toEqual(["teacher", "judge", "student", "export"]);
    expect(chain?.usd?.value).toBeGreaterThan(plain.chain?.usd?.value ?? Infinity);
  });

  test("that does not fit is said, and leaves no chain whose cost would be too small", () => {
    const { chain, fits, infeasible, teacher, judge } = evaluated(
      judgedBy({ inputTokens: 1_000_000, outputTokens: 64, repeats: 1 }),
    );
    expect(teacher).not.toBeNull();
    expect([judge, chain, fits]).toEqual([null, null, false]);
    expect(infeasible[0]?.message).toMatch(/^For the judge: /);
  });

  test("whose machines hold no answer either is not told twice", () => {
    const small = { ...PLAN, cluster: { ...PLAN.cluster, accelerator: "rtx-4090" } };
    const judge = { inputTokens: 6144, outputTokens: 64, repeats: 1 };
    const { infeasible } = evaluated({ ...small, job: { ...small.job, judge } });
    const messages = infeasible.map(({ message }) => message);
    expect(messages.length).toBeGreaterThan(0);
    expect(new Set(messages.map((line) => line.replace(/^For the judge: /, ""))).size).toBe(messages.length);
  });
});
