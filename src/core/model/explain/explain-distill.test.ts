import { describe, expect, it } from "vitest";
import { catalog, loadStudents } from "../../../planner-data.ts";
import type { DistillPlan } from "../../domain/distill-plan.ts";
import type { DistillMetric } from "../../domain/explanation.ts";
import { distillOf } from "../../domain/parse-distill-plan.ts";
import { EXAMPLE_PLAN } from "../../domain/parse-plan.ts";
import { evaluateDistill } from "../distill/evaluate-distill.ts";
import { explainDistill } from "./explain-distill.ts";
import { workedNumbers } from "./testing/worked-numbers.ts";

const facts = { model: { catalog, opTables: null }, students: await loadStudents() };
const PLAN = distillOf(EXAMPLE_PLAN);
const judge = { inputTokens: 6144, outputTokens: 64, repeats: 3, sharedTokens: 512 };
const PLANS: readonly (readonly [string, DistillPlan])[] = [
  ["the suggestion", PLAN],
  ["with a judge", { ...PLAN, job: { ...PLAN.job, concurrency: 64, judge } }],
  ["a device that nobody measured", { ...PLAN, edge: { ...PLAN.edge, device: unmeasured() } }],
];

function unmeasured(): string {
  const seen = new Set(facts.students.edgeMeasurements.map(({ device }) => device));
  return [...facts.students.devices.values()].find(
    ({ id, usableMemory }) => !seen.has(id) && usableMemory.value > 16e9,
  )!.id;
}

describe("worked formulas give the verdict's numbers", () => {
  it.each(PLANS)("%s", (_, of) => {
    const { chain, student, edge } = evaluateDistill(of, facts);
    const { metrics } = explainDistill(of, facts);
    const worked = (metric: DistillMetric) =>
      workedNumbers(metrics.find((one) => one.metric === metric)!.worked);

    for (const [metric, whole] of [
      ["time", chain!.hours.value * 3600],
      ["usd", chain!.usd!.value],
    ] as const) {
      const stages = worked(metric);
      const sum = stages.pop()!;
      expect(stages).toHaveLength(chain!.stages.length);
      expect(stages.reduce((a, b) => a + b, 0) / sum).toBeCloseTo(1, 2);
      expect(sum / whole).toBeCloseTo(1, 2);
    }

    const [tokens = 0, rate = 1, seconds = 0] = worked("learns");
    expect(tokens / rate / seconds).toBeCloseTo(1, 1);
    expect(seconds / 3600 / student!.hours.value).toBeCloseTo(1, 1);

    const [bandwidth = 0, percent = 0, , , speed = 0] = worked("edge");
    const bytes = metrics
      .find(({ metric }) => metric === "edge")!
      .terms.slice(-2)
      .map(({ value }) => Number(value.split(/\s/)[0]!.replaceAll(",", "")) * (/GB/.test(value) ? 1 : 1e-3))
      .reduce((a, b) => a + b, 0);
    expect((bandwidth * percent) / 100 / bytes / speed).toBeCloseTo(1, 1);
    expect(speed / edge.chosen.tokensPerSecond!.value).toBeCloseTo(1, 2);

    const [usable = 0, needed = 0, left = 0] = worked("room");
    expect(Math.abs(usable - needed)).toBeCloseTo(left, 0);

    const [most = 0, all = 1, share = 0] = worked("dearest");
    expect(Math.abs((100 * most) / all - share)).toBeLessThan(1);
  });
});

it("says whether the device itself was measured, and where", () => {
  const told = (of: DistillPlan) => {
    const { metrics, sources } = explainDistill(of, facts);
    return {
      share: metrics.find(({ metric }) => metric === "edge")!.terms[1]!.from,
      gives: sources.map(({ gives }) => gives).join(),
    };
  };
  expect(told(PLAN).share).toMatch(/published runs? of llama.cpp on this device/);
  expect(told(PLAN).gives).toContain("speeds measured on the device");
  const other = told(PLANS[2]![1]);
  expect(other.share).toContain("of this kind");
  expect(other.gives).not.toContain("speeds measured");
});
