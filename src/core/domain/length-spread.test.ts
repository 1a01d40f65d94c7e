import { describe, expect, test } from "vitest";
import { planToLink, linkToPlan } from "../link/plan-link.ts";
import { meanOf, lengthSampler } from "../workload/distributions.ts";
import { Random } from "../workload/random.ts";
import { workloadOfPlan } from "../workload/service-of-plan.ts";
import {
  contextWhileDecoding,
  distributionOf,
  hasDistribution,
  lengthMoments,
  lognormalMean,
  p90OverMedianOf,
  tokensOfRequestInFlight,
} from "./length-spread.ts";
import { EXAMPLE_PLAN, parsePlan } from "./parse-plan.ts";
import type { Plan, WorkloadPlan } from "./plan.ts";
import type { PlanVocabulary } from "./plan-vocabulary.ts";
import { encodeSketch, sketchOf } from "./quantile-sketch.ts";

const random = Random.fromSeed(3);
const LONG_TAILED = encodeSketch(
  sketchOf(Array.from({ length: 20_000 }, () => Math.exp(6 + 1.3 * random.normal()))),
);
const ANY_ID = { has: () => true } as unknown as ReadonlySet<string>;
const ANY: PlanVocabulary = {
  models: ANY_ID,
  weights: ANY_ID,
  engines: ANY_ID,
  accelerators: ANY_ID,
  hosts: ANY_ID,
  fabrics: ANY_ID,
};
const planWith = (workload: object) => ({
  ...EXAMPLE_PLAN,
  workload: { ...EXAMPLE_PLAN.workload, ...workload },
});
const SKETCHES = {
  lengths: {
    input: { kind: "sketch", sketch: LONG_TAILED },
    output: { kind: "sketch", sketch: LONG_TAILED },
    rankCorrelation: 0.42,
  },
} as const;

/** Measured on draws, each weighed by its answer's steps: what a look at the running batch finds. */
function drawn(plan: Plan) {
  const draw = lengthSampler(workloadOfPlan(plan, 163_840).lengths);
  const source = Random.fromSeed(9);
  const one = { inputTokens: 0, outputTokens: 0 };
  const sum = { input: 0, output: 0, product: 0, outputSquare: 0, inputSquare: 0 };
  const count = 400_000;
  for (let i = 0; i < count; i++) {
    draw(source, one);
    sum.input += one.inputTokens;
    sum.output += one.outputTokens;
    sum.product += one.inputTokens * one.outputTokens;
    sum.outputSquare += one.outputTokens ** 2;
    sum.inputSquare += one.inputTokens ** 2;
  }
  const mean = (total: number) => total / count;
  return {
    input: mean(sum.input),
    output: mean(sum.output),
    context: (sum.product + sum.outputSquare / 2) / sum.output,
    whole: (sum.product + sum.outputSquare) / sum.output,
    inputSquare: mean(sum.inputSquare) / mean(sum.input) ** 2,
  };
}

describe("a plan's distribution of lengths", () => {
  test("alike requests: the averages, to the bit", () => {
    const { workload } = EXAMPLE_PLAN;
    expect(contextWhileDecoding(workload)).toBe(1024 + 1024 / 2);
    expect(tokensOfRequestInFlight(workload)).toBe(2048);
    expect(lengthMoments(workload)).toEqual({ inputSquare: 1, outputSquare: 1, product: 1 });
    expect(hasDistribution(workload)).toBe(false);
  });

  test.each([
    [
      "lognormals",
      { input: { kind: "lognormal", p90OverMedian: 3 }, output: { kind: "lognormal", p90OverMedian: 2 } },
      0.01,
    ],
    [
      "correlated lognormals",
      {
        input: { kind: "lognormal", p90OverMedian: 2.5 },
        output: { kind: "lognormal", p90OverMedian: 2.5 },
        rankCorrelation: 0.5,
      },
      0.015,
    ],
    ["sketches", SKETCHES.lengths, 0.04],
  ] as const)("the plan's means, and moments that draws have: %s", (_, lengths, share) => {
    const plan: Plan = planWith({ lengths });
    const measured = drawn(plan);
    const near = (a: number, b: number) => expect(Math.abs(a / b - 1)).toBeLessThan(share);
    near(measured.input, 1024);
    near(measured.output, 1024);
    near(measured.context, contextWhileDecoding(plan.workload));
    near(measured.whole, tokensOfRequestInFlight(plan.workload));
    near(measured.inputSquare, lengthMoments(plan.workload).inputSquare);
  });

  test("median and p90 of a lognormal give its mean, and its variation its p90", () => {
    expect(lognormalMean(500, p90OverMedianOf(1)) / 500).toBeCloseTo(Math.SQRT2, 9);
    const cut = distributionOf({ kind: "lognormal", p90OverMedian: 4 }, 700, 4096);
    expect(cut).toMatchObject({ kind: "lognormal", mean: 700, max: 4096 });
    expect(meanOf(distributionOf({ kind: "sketch", sketch: LONG_TAILED }, 640))).toBeCloseTo(640, 6);
  });

  test("travels in a link of under 400 characters", () => {
    const burst: WorkloadPlan = {
      inputTokens: 812,
      outputTokens: 305,
      requestsPerSecond: 3.75,
      prefixHitRate: 0.31,
      arrivals: { gapVariation: 1.8 },
      ...SKETCHES,
    };
    const plan: Plan = { ...EXAMPLE_PLAN, workload: burst };
    const link = planToLink(plan);
    expect(link.length).toBeLessThan(400);
    const read = linkToPlan(link);
    expect(read.ok && parsePlan(read.value, ANY)).toEqual({ ok: true, value: plan });
    const parametric = { input: { kind: "lognormal", p90OverMedian: 3.2 } } as const;
    expect(planToLink(planWith({ lengths: parametric })).length).toBeLessThan(100);
  });

  test.each([
    [
      { lengths: { input: { kind: "sketch", sketch: "1AAAA" } } },
      "workload.lengths.input.sketch",
      "is cut short",
    ],
    [
      { lengths: { input: { kind: "sketch", sketch: `2${LONG_TAILED.slice(1)}` } } },
      "workload.lengths.input.sketch",
      "version",
    ],
    [
      { lengths: { input: { kind: "sketch", sketch: `1${"A".repeat(37)}` } } },
      "workload.lengths.input.sketch",
      "empty",
    ],
    [
      { lengths: { output: { kind: "lognormal", p90OverMedian: 1 } } },
      "workload.lengths.output.p90OverMedian",
      "more than 1",
    ],
    [{ lengths: { output: { kind: "gamma" } } }, "workload.lengths.output.kind", "expected"],
    [{ lengths: { rankCorrelation: 2 } }, "workload.lengths.rankCorrelation", "at most 1"],
    [{ lengths: { extra: 1 } }, "workload.lengths.extra", "unknown field"],
    [{ arrivals: { gapVariation: 2 } }, "workload.arrivals", "needs requestsPerSecond"],
  ])("refuses %j", (workload, path, problem) => {
    const parsed = parsePlan(planWith(workload), ANY);
    expect(parsed).toMatchObject({ ok: false, error: { path } });
    expect(!parsed.ok && parsed.error.problem).toContain(problem);
  });
});
