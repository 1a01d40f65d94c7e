/** Records as rows that a fit or a judgement takes: one timed figure each, and what it is a case of. */
import type { MeasurementRecord } from "../../domain/measurement.ts";
import type { ModelFacts } from "../../model/evaluate.ts";
import { estimateMemory } from "../../model/memory/estimate-memory.ts";
import { intervalClass } from "../../model/serving/interval-class.ts";
import type { SpeedMetric } from "../../model/serving/intervals.ts";
import { acceleratorOf, isEarlyBuild } from "../../model/serving/step-models.ts";
import { completePlan, RANDOM_PROMPT_ACCEPTANCE, type CompletedRun } from "../complete-plan.ts";
import { predictRecord } from "../predict-record.ts";
import { figure, middle, object, text } from "../record-facts.ts";
import type { LoadFacts } from "../validate.ts";

/** What a row times; throughput is judged, never fitted. */
export type RowKind = SpeedMetric | "throughput";

/** Measured metrics that are fitted and that intervals are taken from; rates are turned over. */
const METRICS: readonly (readonly [metric: string, kind: RowKind, rate: boolean])[] = [
  ["ttftMs", "ttft", false],
  ["tpotMs", "tpot", false],
  ["prefillTokensPerSecond", "prefill", true],
  ["decodeTokensPerSecond", "decode", true],
  ["outputTokensPerSecond", "throughput", true],
  ["outputTokensPerSecondPerGpu", "throughput", true],
];

const FAR_BELOW = "decode-far-from-bound";
const TTFT_SUSPICION = /^(ttft|short-prompt)/;

export interface CalibrationRow {
  readonly record: MeasurementRecord;
  readonly accelerator: string | null;
  readonly metric: string;
  readonly kind: RowKind;
  readonly rate: boolean;
  readonly measured: number;
  /** `serving/nvidia/aggregated-tp`. */
  readonly className: string;
  /** Source and machine: never split between a fit and its judgement. */
  readonly group: string;
  /** Machine, engine, weights and cut: a fit's clusters. */
  readonly layout: string;
  readonly completed: CompletedRun;
  readonly slotLimit: number | undefined;
  /** The heaviest load of a sweep of two or more. */
  readonly heaviest: boolean;
}

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

function layoutOf({ plan }: CompletedRun): string {
  const { cluster, engine, weights, layout, speculative } = plan;
  return JSON.stringify([cluster.accelerator, cluster.nodes, engine, weights, speculative, layout]);
}

/**
 * Figures of quality A and B that no suspicion names.
 *
 * Leaves   out quality C; records whose decode is far from what any machine of theirs would reach; TTFT of
 *          records whose TTFT is suspected: planner-data/measurements/suspect.json says which and why.
 */
export function calibrationRows(
  records: readonly MeasurementRecord[],
  suspects: ReadonlyMap<string, readonly string[]>,
  loadFacts: LoadFacts,
): CalibrationRow[] {
  const rows: CalibrationRow[] = [];
  for (const record of records) {
    const suspicion = suspects.get(record.id) ?? [];
    if (record.quality === "C" || suspicion.includes(FAR_BELOW)) continue;
    const accelerator = text(object(object(record.plan)["cluster"])["accelerator"]) ?? null;
    const facts = loadFacts(accelerator);
    const completion = completePlan(record, facts.catalog);
    if (!completion.ok) continue;
    const completed = completion.value;
    const { plan, run } = completed;
    const slotLimit = estimateMemory(plan, facts.catalog).memory?.concurrencyLimit;
    const slice = record.class.startsWith("slice");
    const early = isEarlyBuild(plan, facts, run);
    const className = slice ? "slice" : intervalClass(plan, acceleratorOf(plan, facts.catalog), early);
    const common = { record, accelerator, className, completed, slotLimit };
    for (const [metric, kind, rate] of METRICS) {
      const measured = figure(record, metric);
      if (measured === undefined || !(measured > 0)) continue;
      if (kind === "throughput" && rows.at(-1)?.record === record && rows.at(-1)?.kind === kind) continue;
      if (kind === "ttft" && suspicion.some((s) => TTFT_SUSPICION.test(s))) continue;
      const row = {
        ...common,
        metric,
        kind,
        rate,
        measured,
        group: groupOf(record),
        layout: layoutOf(completed),
        heaviest: false,
      };
      if (predictRow(row, facts) !== undefined) rows.push(row);
    }
  }
  return markHeaviest(rows);
}

function markHeaviest(rows: readonly CalibrationRow[]): CalibrationRow[] {
  const loads = new Map<string, Set<number>>();
  const sweep = ({ group, layout, kind, completed }: CalibrationRow) => {
    const { inputTokens, outputTokens } = completed.plan.workload;
    return JSON.stringify([group, layout, kind, inputTokens, outputTokens]);
  };
  const load = ({ completed }: CalibrationRow) => completed.plan.workload.concurrency ?? 0;
  for (const row of rows) {
    const key = sweep(row);
    loads.set(key, (loads.get(key) ?? new Set<number>()).add(load(row)));
  }
  return rows.map((row) => {
    const of = loads.get(sweep(row)) ?? new Set<number>();
    return { ...row, heaviest: of.size > 1 && load(row) === Math.max(...of) };
  });
}

/** The predicted figure of a row, in the unit it was measured in. */
export function predictRow(row: CalibrationRow, facts: ModelFacts): number | undefined {
  const predicted = predictRecord(row.record, completedNow(row), facts, row.slotLimit);
  const value = predicted.ok ? predicted.value[row.metric]?.value : undefined;
  return value !== undefined && value > 0 ? value : undefined;
}

/** Drafts of ATOM runs are accepted at a fitted rate where they do not state their own; it stands in the completed plan. */
function completedNow({ record, completed }: CalibrationRow): CompletedRun {
  const { plan } = completed;
  if (plan.engine !== "atom" || plan.speculative === "off") return completed;
  if (middle(object(record.runtime)["acceptanceLength"]) !== undefined) return completed;
  const options = { ...plan.options, acceptanceLength: RANDOM_PROMPT_ACCEPTANCE.value };
  return { ...completed, plan: { ...plan, options } };
}

/** Time measured over time predicted. */
export function ratioOf({ rate, measured }: CalibrationRow, predicted: number): number {
  return rate ? predicted / measured : measured / predicted;
}

/** |predicted / measured - 1| of the figure as it was measured. */
export function errorOf({ rate }: CalibrationRow, ratio: number): number {
  return Math.abs((rate ? ratio : 1 / ratio) - 1);
}
