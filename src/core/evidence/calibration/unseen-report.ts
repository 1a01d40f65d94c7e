/** Accuracy on records that were measured when the model stood, and that no fit takes. */
import type { MeasurementRecord, ValidationRow } from "../../domain/measurement.ts";
import { errorStatistics } from "../statistics.ts";

const FIGURES = [
  ["decodeTokensPerSecond", "decode"],
  ["prefillTokensPerSecond", "prefill"],
] as const;
const percent = (share: number) => (100 * share).toFixed(1);

/** Layers that the rate of unpacking Q2_K was learned from: seen. */
const isSeen = ({ class: name, plan }: MeasurementRecord): boolean =>
  name.startsWith("slice") && plan["weights"] === "gguf:Q2_K";

/** One line a machine and figure, as a table of Markdown. */
export function unseenReport(records: readonly MeasurementRecord[], rows: readonly ValidationRow[]): string {
  const groups = new Map<string, string[]>();
  for (const record of records) {
    if (isSeen(record)) continue;
    const { accelerator, acceleratorsPerNode } = (record.plan as { cluster: Record<string, unknown> })
      .cluster;
    const what = record.class.startsWith("slice") ? "layers at full size" : "the whole model";
    const key = `${String(acceleratorsPerNode)} x ${String(accelerator)}, ${what}`;
    groups.set(key, [...(groups.get(key) ?? []), record.id]);
  }
  const lines = [...groups].flatMap(([key, ids]) =>
    FIGURES.map(([metric, name]) => {
      const own = rows.filter((row) => row.metric === metric && ids.includes(row.id));
      const e = errorStatistics(own);
      const error = [e.medianAbsoluteError, e.meanAbsoluteError, e.p90AbsoluteError].map(percent).join(" / ");
      return `| ${key} | ${name} | ${e.count} | ${error} | ${Math.round(e.coverage * e.count)} |`;
    }),
  );
  return [
    "| machine | figure | records | error | inside their 80 % interval |",
    "| --- | --- | --- | --- | --- |",
    ...lines,
    "",
  ].join("\n");
}
