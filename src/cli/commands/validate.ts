import { parseRecords } from "../../core/catalog/parse-records.ts";
import type { ValidationReport } from "../../core/domain/measurement.ts";
import { acceleratorsOf, validateRecords } from "../../core/evidence/validate.ts";
import type { ModelFacts } from "../../core/model/evaluate.ts";
import { formatCount, formatFixed } from "../../core/units/format.ts";
import { onlyOne, readArguments } from "../arguments.ts";
import { BadInput } from "../bad-input.ts";
import { factsFor } from "../evaluate-plan.ts";
import { EXIT, printJson, type Io } from "../io.ts";
import { readText } from "../read-plan.ts";
import { printTable } from "../table.ts";

const MAX_RECORDS_BYTES = 200_000_000;

export async function validateCommand(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = readArguments(args, { json: { type: "boolean" } });
  const file = onlyOne(positionals, "RECORDS");
  const text = file === "-" ? await io.stdin() : await readText(file, MAX_RECORDS_BYTES);
  const records = parseRecords(text);
  if (!records.ok) throw new BadInput(records.error, file === "-" ? "stdin" : file);
  const facts = new Map<string | null, ModelFacts>([[null, await factsFor(undefined)]]);
  for (const accelerator of acceleratorsOf(records.value))
    facts.set(accelerator, await factsFor(accelerator));
  const without = await factsFor(undefined);
  const report = validateRecords(records.value, (accelerator) => facts.get(accelerator) ?? without);
  await io.out(values.json ? printJson(report) : printReport(report, records.value.length));
  return EXIT.done;
}

function printReport(report: ValidationReport, count: number): string {
  const percent = (share: number) => `${formatFixed(share * 100, 1)} %`;
  const rows = Object.entries(report.statistics).flatMap(([name, metrics]) =>
    Object.entries(metrics).map(([metric, s]) => [
      name,
      metric,
      formatCount(s.count),
      percent(s.medianAbsoluteError),
      percent(s.meanAbsoluteError),
      percent(s.p90AbsoluteError),
      percent(s.bias),
      percent(s.coverage),
    ]),
  );
  const head = ["class", "metric", "rows", "median error", "mean", "90th", "bias", "in the interval"];
  const missing = countMissing(report);
  return [
    `${formatCount(count)} records: ${formatCount(report.rows.length)} figures predicted, ${formatCount(report.unpredicted.length)} records not\n`,
    rows.length > 0 ? printTable([head, ...rows], [0, 1]) : "",
    missing.length > 0 ? printTable([["not predicted for want of", "records"], ...missing]) : "",
  ]
    .filter((part) => part !== "")
    .join("\n");
}

function countMissing(report: ValidationReport): string[][] {
  const counts = new Map<string, number>();
  for (const { missing } of report.unpredicted) {
    for (const name of missing) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]).map(([name, count]) => [name, formatCount(count)]);
}
