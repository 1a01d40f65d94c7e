/** Predicted against measured, for any set of measurement records. */
import type { Catalog } from "../domain/catalog.ts";
import type { MeasurementRecord, ValidationReport, ValidationRow } from "../domain/measurement.ts";
import type { Problem } from "../domain/problem.ts";
import type { ModelFacts } from "../model/evaluate.ts";
import type { MemoryEstimate } from "../domain/estimate.ts";
import type { Plan } from "../domain/plan.ts";
import type { Ranged } from "../domain/provenance.ts";
import { estimateMemory } from "../model/memory/estimate-memory.ts";
import { completePlan } from "./complete-plan.ts";
import { completeTraining } from "./complete-training.ts";
import { measuredMemory, predictedMemory } from "./memory-metrics.ts";
import { measuredTraining, predictTraining } from "./predict-training.ts";
import { measuredSpeeds, predictRecord } from "./predict-record.ts";
import { object, text } from "./record-facts.ts";
import { statisticsByClass } from "./statistics.ts";

/** Facts for runs on an accelerator; `null` for runs without one. */
export type LoadFacts = (accelerator: string | null) => ModelFacts;

interface Unpredicted {
  readonly id: string;
  readonly missing: readonly string[];
  readonly problem?: Problem;
}

/** Accelerators that records name: what a caller loads operator tables for before it validates. */
export function acceleratorsOf(records: readonly MeasurementRecord[]): readonly string[] {
  const found = new Set<string>();
  for (const record of records) {
    const accelerator = text(object(object(record.plan)["cluster"])["accelerator"]);
    if (accelerator !== undefined) found.add(accelerator);
  }
  return [...found].sort();
}

/**
 * Runs the model over records.
 *
 * Returns a row for each measured metric that can be predicted, and for each record that cannot the
 * facts that it lacks. `derived` and `observed` figures are never compared.
 */
export function validateRecords(
  records: readonly MeasurementRecord[],
  loadFacts: LoadFacts,
): ValidationReport {
  const rows: ValidationRow[] = [];
  const unpredicted: Unpredicted[] = [];
  for (const record of records) {
    const answer = validateRecord(record, loadFacts);
    if (Array.isArray(answer)) rows.push(...answer);
    else unpredicted.push(answer);
  }
  return { rows, unpredicted, statistics: statisticsByClass(rows) };
}

function validateRecord(record: MeasurementRecord, loadFacts: LoadFacts): ValidationRow[] | Unpredicted {
  const accelerator = text(object(object(record.plan)["cluster"])["accelerator"]) ?? null;
  const facts = loadFacts(accelerator);
  if (object(record.plan)["goal"] === "finetune") return validateTraining(record, facts.catalog);
  const completed = completePlan(record, facts.catalog);
  if (!completed.ok) {
    const { missing, problem } = completed;
    return { id: record.id, missing, ...(problem === undefined ? {} : { problem }) };
  }
  const { plan } = completed.value;
  const memory = estimateMemory(plan, facts.catalog);
  const rows = memory.memory === null ? [] : memoryRows(record, plan, memory.memory);
  const speeds = measuredSpeeds(record);
  if (speeds.length === 0) return rows.length > 0 ? rows : { id: record.id, missing: [memoryGap(memory)] };
  const limit = memory.memory?.concurrencyLimit;
  const predicted = predictRecord(record, completed.value, facts, limit);
  if (!predicted.ok) {
    const { path, message } = predicted.error;
    return { id: record.id, missing: [path], problem: { path, problem: message } };
  }
  rows.push(...rowsOf(record, speeds, predicted.value));
  return rows.length > 0 ? rows : { id: record.id, missing: ["a metric that is modelled"] };
}

function validateTraining(record: MeasurementRecord, catalog: Catalog): ValidationRow[] | Unpredicted {
  const completed = completeTraining(record, catalog);
  if (!completed.ok) {
    const { missing, problem } = completed;
    return { id: record.id, missing, ...(problem === undefined ? {} : { problem }) };
  }
  const rows = rowsOf(record, measuredTraining(record), predictTraining(completed.value, catalog));
  return rows.length > 0 ? rows : { id: record.id, missing: ["a metric that is modelled"] };
}

function memoryGap({ infeasible }: ReturnType<typeof estimateMemory>): string {
  const missing = infeasible.find((reason) => reason.kind === "missing-fact");
  return missing === undefined ? "a metric that is modelled" : missing.path;
}

function memoryRows(record: MeasurementRecord, plan: Plan, memory: MemoryEstimate): ValidationRow[] {
  return rowsOf(record, measuredMemory(record), predictedMemory(record, plan, memory));
}

function rowsOf(
  record: MeasurementRecord,
  measured: readonly (readonly [string, number])[],
  predicted: Readonly<Record<string, Ranged>>,
): ValidationRow[] {
  return measured.flatMap(([metric, value]) => {
    const prediction = predicted[metric];
    if (prediction === undefined || !(prediction.value > 0)) return [];
    const { value: p, low, high, basis } = prediction;
    return [{ id: record.id, class: record.class, metric, measured: value, predicted: p, low, high, basis }];
  });
}
