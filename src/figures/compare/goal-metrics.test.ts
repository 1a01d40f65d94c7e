import { describe, expect, it } from "vitest";
import { fullestRank } from "../../core/domain/finetune-estimate.ts";
import { distillOf } from "../../core/domain/parse-distill-plan.ts";
import { EXAMPLE_PLAN } from "../../core/domain/parse-plan.ts";
import { evaluateDistill } from "../../core/model/distill/evaluate-distill.ts";
import { evaluateFinetune } from "../../core/model/finetune/evaluate-finetune.ts";
import { cluster, planOf } from "../../core/model/finetune/testing/plan-of.ts";
import { catalog, loadStudents } from "../../planner-data.ts";
import { compareMetrics, type CompareMetric } from "./compare-metrics.ts";
import { DISTILL_METRICS } from "./distill-metrics.ts";
import { FINETUNE_METRICS } from "./finetune-metrics.ts";

const students = await loadStudents();

function rowOf(metrics: readonly CompareMetric[], id: string): CompareMetric {
  const metric = metrics.find((one) => one.id === id);
  if (!metric) throw new Error(`no row ${id}`);
  return metric;
}

describe("runs of fine-tuning", () => {
  const on = (nodes: number) =>
    evaluateFinetune(
      planOf({ method: "lora", base: "bf16", framework: "ms-swift", cluster: cluster("h200-sxm", nodes) }),
      { catalog },
    );
  const [two, four] = [on(2), on(4)];
  const metrics = compareMetrics(FINETUNE_METRICS, [two, four]);

  it("are held against in the estimates' own numbers", () => {
    expect(rowOf(metrics, "usd").values).toEqual([two.cost?.usd, four.cost?.usd]);
    expect(rowOf(metrics, "training").values[0]?.value).toBe(
      (two.performance?.trainHours.value ?? Number.NaN) * 3.6e6,
    );
    const capacity = two.memory?.ranks[0]?.capacity ?? 0;
    expect(rowOf(metrics, "spare").values[0]?.value).toBe(capacity - fullestRank(two.memory));
    expect(rowOf(metrics, "host").values[1]?.value).toBe(four.memory?.host.total);
  });

  it("let the one lead that is done first", () => {
    expect(rowOf(metrics, "training").leads[0]).toBeNull();
    expect(rowOf(metrics, "training").leads[1]).not.toBeNull();
  });

  it("whose training cannot be told have no time from checkpoint to file", () => {
    const untold = compareMetrics(FINETUNE_METRICS, [two, { ...two, performance: null }]);
    expect(rowOf(untold, "schedule").values[1]).toBeNull();
  });
});

describe("distillations", () => {
  const plan = distillOf(EXAMPLE_PLAN);
  const facts = { model: { catalog, opTables: null }, students };
  const half = { ...plan, job: { ...plan.job, samples: plan.job.samples / 2 } };
  const [whole, less] = [evaluateDistill(plan, facts), evaluateDistill(half, facts)];
  const metrics = compareMetrics(DISTILL_METRICS, [whole, less]);

  it("are held against in the estimates' own numbers, and less data costs less", () => {
    expect(rowOf(metrics, "usd").values).toEqual([whole.chain?.usd, less.chain?.usd]);
    expect(rowOf(metrics, "device").values[0]).toEqual(whole.edge.chosen.tokensPerSecond);
    expect(rowOf(metrics, "chain").values[1]?.value).toBe((less.chain?.hours.value ?? Number.NaN) * 3.6e6);
    expect(rowOf(metrics, "usd").leads[0]).toBeNull();
    expect(rowOf(metrics, "usd").leads[1]).not.toBeNull();
    expect(rowOf(metrics, "device").leads).toEqual([null, null]);
  });
});
