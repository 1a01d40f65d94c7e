import { describe, expect, it } from "vitest";
import { catalog, loadOpTables } from "../../../planner-data.ts";
import type { Explained, ExplainedMetric } from "../../domain/explanation.ts";
import { EXAMPLE_PLAN } from "../../domain/parse-plan.ts";
import type { Plan } from "../../domain/plan.ts";
import { evaluate } from "../evaluate.ts";
import { explainPlan } from "./explain-plan.ts";

const factsOf = async ({ cluster }: Plan) => ({
  catalog,
  opTables: cluster.accelerator === undefined ? null : await loadOpTables(cluster.accelerator),
});

const PLANS: readonly (readonly [string, Plan])[] = [
  ["the example", EXAMPLE_PLAN],
  ["drafts", { ...EXAMPLE_PLAN, speculative: "mtp2" }],
  [
    "too many users for the cache",
    { ...EXAMPLE_PLAN, workload: { ...EXAMPLE_PLAN.workload, concurrency: 2000 } },
  ],
  [
    "arrivals",
    {
      ...EXAMPLE_PLAN,
      workload: { inputTokens: 1024, outputTokens: 1024, requestsPerSecond: 1.5, prefixHitRate: 0.2 },
    },
  ],
];

/** Numbers of a worked formula in its own units, ms throughout. */
function numbersOf(text: string): number[] {
  const plain = text.replaceAll(
    /(\d+)\smin\s(\d+)\ss/g,
    (_, min: string, s: string) => `${Number(min) * 60 + Number(s)}\u00a0s`,
  );
  return [...plain.matchAll(/([\d,]+(?:\.\d+)?)(?:\u00a0(ms|s|min|h)\b)?/g)].map(([, digits = "", unit]) => {
    const scale = { ms: 1, s: 1e3, min: 6e4, h: 3.6e6 }[unit ?? "ms"] ?? 1;
    return Number(digits.replaceAll(",", "")) * scale;
  });
}

describe("worked formulas give the verdict's numbers", () => {
  for (const [name, plan] of PLANS) {
    it(name, async () => {
      const facts = await factsOf(plan);
      const { performance, cost } = evaluate(plan, facts);
      const explained = explainPlan(plan, facts)!;
      const of = (metric: ExplainedMetric): Explained =>
        explained.metrics.find((one) => one.metric === metric)!;

      const [, step = 0, tokens = 1, others = 0, , tpot = 0, speed] = numbersOf(of("perUser").worked);
      expect(step / tokens + others).toBeCloseTo(tpot, -1);
      expect((step / tokens + others) / performance!.tpotMs.value).toBeCloseTo(1, 2);
      expect(speed! / performance!.outputTokensPerSecondPerUser.value).toBeCloseTo(1, 2);

      const ttft = numbersOf(of("ttft").worked);
      const sum = ttft.slice(0, -1).reduce((all, term) => all + term, 0);
      expect(sum / performance!.ttftMs.value).toBeCloseTo(1, 2);
      expect(of("ttft").terms).toHaveLength(ttft.length - 1);

      const total = numbersOf(of("total").worked);
      const result =
        plan.workload.concurrency === undefined
          ? total[0]! * total[1]!
          : (total[0]! * total[1]! * 1e3) / (total[2]! + total[3]! * total[4]!);
      expect(result / performance!.outputTokensPerSecond.value).toBeCloseTo(1, 2);

      const money = numbersOf(of("cost").worked);
      expect((money[0]! / (money[1]! * 3600)) * 1e6).toBeCloseTo(cost!.usdPerMillionOutputTokens!, 1);
    });
  }
});

it("names the measurements behind an interval, and the sources behind the facts", async () => {
  const { metrics, sources } = explainPlan(EXAMPLE_PLAN, await factsOf(EXAMPLE_PLAN))!;
  const [, perUser, , ttft] = metrics;
  expect(perUser!.interval).toMatch(
    /times the value: four of five of [\d,]+ measured times per output token/,
  );
  expect(ttft!.interval).toMatch(/class serving\/nvidia/);
  expect(sources.map(({ gives }) => gives).join()).toMatch(/memory bandwidth/);
  expect(sources.every(({ title, retrieved }) => title !== "" && /^\d{4}-/.test(retrieved))).toBe(true);
});

it("what is to spare is what its terms leave", async () => {
  const { memory } = evaluate(EXAMPLE_PLAN, await factsOf(EXAMPLE_PLAN));
  const { metrics } = explainPlan(EXAMPLE_PLAN, await factsOf(EXAMPLE_PLAN))!;
  const [usable = 0, weights = 0, activations = 0, runtime = 0, cache = 0, spare] = numbersOf(
    metrics[0]!.worked,
  );
  expect(usable - weights - activations - runtime - cache).toBeCloseTo(spare!, 0);
  const needed = (rank: (typeof memory & object)["ranks"][number]) =>
    rank.weights + rank.activations + rank.runtime + rank.kvCacheNeeded;
  expect(needed(memory!.ranks[0]!) / 1024 ** 3).toBeCloseTo(weights + activations + runtime + cache, 0);
});

it("says nothing of a plan whose speed cannot be told", async () => {
  const plan: Plan = { ...EXAMPLE_PLAN, layout: { ...EXAMPLE_PLAN.layout, experts: "cpu" } };
  expect(explainPlan(plan, await factsOf(plan))).toBeNull();
});
