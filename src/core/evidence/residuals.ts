/** Residuals of records that may hold an interval: which class, metric and group each counts for. */
import type { MeasurementRecord } from "../domain/measurement.ts";
import { intervalClass } from "../model/serving/interval-class.ts";
import type { SpeedMetric } from "../model/serving/intervals.ts";
import { acceleratorOf, isEarlyBuild } from "../model/serving/step-models.ts";
import { completePlan } from "./complete-plan.ts";
import type { Residual } from "./interval-statistics.ts";
import { predictRecord } from "./predict-record.ts";
import { figure, object, text } from "./record-facts.ts";
import type { LoadFacts } from "./validate.ts";

/** Measured metrics that an interval is taken from, by the interval's own metric; rates are turned over. */
const METRICS: readonly (readonly [metric: string, interval: SpeedMetric, rate: boolean])[] = [
  ["ttftMs", "ttft", false],
  ["tpotMs", "tpot", false],
  ["prefillTokensPerSecond", "prefill", true],
  ["decodeTokensPerSecond", "decode", true],
];

const FAR_BELOW = "decode-far-from-bound";
const TTFT_SUSPICION = /^(ttft|short-prompt)/;

/** Source and machine of a record: sweeps of one machine stay together. */
export function groupOf(record: MeasurementRecord): string {
  const cluster = object(object(record.plan)["cluster"]);
  const machine = [
    cluster["accelerator"],
    cluster["host"],
    object(record.runtime)["hostName"],
    cluster["hostMemoryBandwidth"],
  ];
  return `${record.source}|${JSON.stringify(machine)}|${text(object(record.plan)["engine"]) ?? ""}`;
}

/**
 * Time measured over time predicted, for records of quality A and B that no suspicion names.
 *
 * Leaves   out slices of the model, which are own measurements of parts.
 */
export function residualsOf(
  records: readonly MeasurementRecord[],
  suspects: ReadonlyMap<string, readonly string[]>,
  loadFacts: LoadFacts,
): Residual[] {
  const residuals: Residual[] = [];
  for (const record of records) {
    const suspicion = suspects.get(record.id) ?? [];
    if (record.quality === "C" || record.class.startsWith("slice") || suspicion.includes(FAR_BELOW)) continue;
    const accelerator = text(object(object(record.plan)["cluster"])["accelerator"]) ?? null;
    const facts = loadFacts(accelerator);
    const completed = completePlan(record, facts.catalog);
    if (!completed.ok) continue;
    const predicted = predictRecord(record, completed.value, facts);
    if (!predicted.ok) continue;
    const { plan, run } = completed.value;
    const early = isEarlyBuild(plan, facts, run);
    const name = intervalClass(plan, acceleratorOf(plan, facts.catalog), early);
    for (const [metric, interval, rate] of METRICS) {
      const measured = figure(record, metric);
      const prediction = predicted.value[metric]?.value;
      if (measured === undefined || prediction === undefined) continue;
      if (interval === "ttft" && suspicion.some((kind) => TTFT_SUSPICION.test(kind))) continue;
      const ratio = rate ? prediction / measured : measured / prediction;
      residuals.push({ key: `${name}/${interval}`, group: groupOf(record), ratio });
    }
  }
  return residuals;
}
