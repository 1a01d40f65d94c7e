/**
 * Measurement records: JSON Lines as people write them, and the compact table that ships with the product.
 *
 * Shape is strict, content is free: what a run was (`plan`, `runtime`) is judged by core/evidence, which
 * can say that a record is unpredictable without refusing the file. Further fields are ignored.
 */
import * as v from "valibot";
import type { MeasurementRecord } from "../domain/measurement.ts";
import type { Problem } from "../domain/problem.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { checkSchema } from "./check-schema.ts";
import { formatPath } from "./describe-issue.ts";
import { date, notList, positive, text } from "./fact-schema.ts";

const open = notList(v.record(v.string(), v.unknown()));
const plan = v.looseObject({
  version: v.literal(1),
  goal: v.optional(text),
  model: text,
  weights: v.optional(text),
  engine: v.optional(text),
  cluster: open,
  layout: v.optional(open),
  workload: v.optional(open),
});
const statistic = v.strictObject({
  mean: v.optional(positive),
  median: v.optional(positive),
  p99: v.optional(positive),
});
const measured = notList(v.record(v.string(), v.union([positive, statistic])));

const id = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9_.+-]*$/, "expected an id"));
const fields = {
  id,
  class: v.picklist([
    "serving",
    "llamacpp-gpu",
    "cpu",
    "hybrid",
    "apple",
    "slice-llamacpp",
    "slice-lora",
    "training",
    "engine-memory",
  ]),
  quality: v.picklist(["A", "B", "C"]),
  date,
  engineVersion: v.optional(v.string(), ""),
  plan,
  runtime: v.optional(open, () => ({})),
  measured,
  phase: v.picklist(["serving", "prefill-only", "decode-only", "offline", "closed-loop", "burst"]),
  missing: v.optional(v.array(v.string()), () => []),
  notes: v.optional(v.string(), ""),
};

const recordSchema = v.object({ ...fields, source: text, licence: v.optional(text) });

/**
 * One record a line; empty lines are skipped.
 *
 * Returns the records in order, or the first problem with its line: `line 3: measured.ttftMs.mean`.
 */
export function parseRecords(jsonLines: string): Result<readonly MeasurementRecord[], Problem> {
  const records: MeasurementRecord[] = [];
  const lineOf = new Map<string, number>();
  const lines = jsonLines.replace(/^\uFEFF/, "").split("\n");
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const here = `line ${index + 1}`;
    const json = readJson(line);
    if (!json.ok) return fail({ path: here, problem: json.error });
    const parsed = checkSchema(recordSchema, json.value, here);
    if (!parsed.ok) return parsed;
    const first = lineOf.get(parsed.value.id);
    if (first !== undefined) {
      return fail({
        path: `${here}: id`,
        problem: `duplicate id ${parsed.value.id}, also in line ${first}`,
      });
    }
    lineOf.set(parsed.value.id, index + 1);
    records.push(parsed.value as MeasurementRecord);
  }
  return ok(records);
}

function readJson(line: string): Result<unknown, string> {
  try {
    return ok(JSON.parse(line));
  } catch {
    return fail("not a JSON value");
  }
}

const tableSchema = v.strictObject({
  sources: v.array(v.strictObject({ source: text, licence: v.optional(text) })),
  records: v.array(v.strictObject({ ...fields, source: v.pipe(v.number(), v.integer(), v.minValue(0)) })),
});

/** The shipped table: as the lines, with sources listed once and empty fields left out. */
export function parseMeasurementTable(content: unknown): Result<readonly MeasurementRecord[], Problem> {
  const parsed = checkSchema(tableSchema, content, "");
  if (!parsed.ok) return parsed;
  const { sources, records } = parsed.value;
  const out: MeasurementRecord[] = [];
  const seen = new Set<string>();
  for (const [index, record] of records.entries()) {
    const origin = sources[record.source];
    if (!origin) {
      return fail({ path: formatPath(["records", index, "source"]), problem: `no source ${record.source}` });
    }
    if (seen.has(record.id)) {
      return fail({ path: formatPath(["records", index, "id"]), problem: `duplicate id ${record.id}` });
    }
    seen.add(record.id);
    out.push({ ...record, ...origin } as MeasurementRecord);
  }
  return ok(out);
}
