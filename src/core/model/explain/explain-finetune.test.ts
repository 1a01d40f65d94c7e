import { describe, expect, it } from "vitest";
import { catalog } from "../../../planner-data.ts";
import type { FinetuneMetric } from "../../domain/explanation.ts";
import type { FinetunePlan } from "../../domain/finetune-plan.ts";
import { finetuneOf, parseFinetunePlan } from "../../domain/parse-finetune-plan.ts";
import { EXAMPLE_PLAN } from "../../domain/parse-plan.ts";
import { vocabularyOf } from "../../domain/plan-vocabulary.ts";
import { evaluateFinetune } from "../finetune/evaluate-finetune.ts";
import { explainFinetune } from "./explain-finetune.ts";
import { workedNumbers } from "./testing/worked-numbers.ts";

function plan(input: object): FinetunePlan {
  const parsed = parseFinetunePlan({ version: 1, goal: "finetune", ...input }, vocabularyOf(catalog));
  if (!parsed.ok) throw new Error(`${parsed.error.path}: ${parsed.error.problem}`);
  return parsed.value;
}

const DATA = { tokens: 40_000_000 };
const PLANS: readonly (readonly [string, FinetunePlan])[] = [
  ["adapters with experts on the host", finetuneOf(EXAMPLE_PLAN)],
  [
    "adapters on a 4-bit base",
    plan({
      model: "deepseek-v3-0324",
      method: "qlora",
      cluster: { accelerator: "h200-sxm", acceleratorsPerNode: 8, nodes: 1 },
      data: DATA,
    }),
  ],
  [
    "all weights",
    plan({
      model: "deepseek-v3-0324",
      method: "full",
      cluster: { accelerator: "h200-sxm", acceleratorsPerNode: 8, nodes: 16 },
      data: DATA,
    }),
  ],
];

describe("worked formulas give the verdict's numbers", () => {
  it.each(PLANS)("%s", (_, of) => {
    const { memory, performance, cost, parameters } = evaluateFinetune(of, { catalog });
    const { metrics } = explainFinetune(of, catalog);
    const worked = (metric: FinetuneMetric) =>
      workedNumbers(metrics.find((one) => one.metric === metric)!.worked);

    const [steps = 0, step = 0, time = 0] = worked("hours");
    expect((steps * step) / time).toBeCloseTo(1, 1);
    expect(time / 3600 / performance!.trainHours.value).toBeCloseTo(1, 1);

    const [samples = 0, tokens = 0, seconds = 1, rate = 0] = worked("rate");
    expect((samples * tokens) / seconds / rate).toBeCloseTo(1, 2);
    expect(rate / performance!.tokensPerSecond.value).toBeCloseTo(1, 2);

    const [count = 0, each = 0, hours = 0, usd = 0] = worked("usd");
    expect((count * each * hours) / 3600 / usd).toBeCloseTo(1, 1);
    expect(usd / cost!.usd.value).toBeCloseTo(1, 2);

    const [capacity = 0, ...parts] = worked("memory");
    const left = parts.pop()!;
    const spare = Math.min(...memory!.ranks.map((rank) => rank.capacity - rank.total)) / 1024 ** 3;
    expect(left).toBeCloseTo(Math.abs(spare), 1);
    expect(Math.abs(capacity - parts.reduce((a, b) => a + b, 0) - spare)).toBeLessThan(0.5);

    const [most = 0, whole = 1, percent = 0] = worked("limit");
    expect(Math.abs((100 * most) / whole - percent)).toBeLessThan(1);

    const adapters = metrics.find(({ metric }) => metric === "adapters");
    expect(adapters === undefined).toBe(parameters.adapterFileBytes === null);
    if (adapters) {
      const counts = adapters.terms.map(({ value }) => Number(value.replaceAll(",", "")));
      expect(counts.reduce((a, b) => a + b, 0)).toBe(parameters.trainable);
    }
  });
});

it("names the framework's source, the accelerator's and the prices'", () => {
  const gives = explainFinetune(finetuneOf(EXAMPLE_PLAN), catalog)
    .sources.map((source) => source.gives)
    .join();
  for (const what of ["published runs", "peak rates", "rental prices", "host memory bandwidth"])
    expect(gives).toContain(what);
});
