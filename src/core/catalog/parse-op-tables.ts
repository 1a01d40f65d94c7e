/** Operator latency tables of one accelerator: axes ascend, and there is one latency for every grid point. */
import * as v from "valibot";
import type { OpTableSet } from "../domain/op-tables.ts";
import type { Problem } from "../domain/problem.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { danglingSource } from "./check-references.ts";
import { checkSchema } from "./check-schema.ts";
import { formatPath } from "./describe-issue.ts";
import { notNegative, text } from "./fact-schema.ts";

/** Numbers are checked by `checkGrid`: a schema per element would cost more than the parse. */
const numbers = v.array(v.any());

const tableSchema = v.looseObject({
  op: text,
  key: v.record(v.string(), v.union([v.string(), v.number()])),
  engine: text,
  version: text,
  axes: v.pipe(v.array(v.strictObject({ name: text, knots: numbers })), v.minLength(1)),
  ms: numbers,
  interpolationError: v.strictObject({ median: notNegative, p95: notNegative }),
});

const setSchema = v.looseObject({ accelerator: text, source: text, tables: v.array(tableSchema) });

type Table = v.InferOutput<typeof tableSchema>;

/** planner-data/op-latency/<accelerator>.json → tables, or the first field that is wrong. */
export function parseOpTables(content: unknown, sources?: ReadonlySet<string>): Result<OpTableSet, Problem> {
  const parsed = checkSchema(setSchema, content, "");
  if (!parsed.ok) return parsed;
  const { source } = parsed.value;
  if (sources && !sources.has(source)) return fail(danglingSource("", "source", source));
  for (const [index, table] of parsed.value.tables.entries()) {
    const problem = checkGrid(table, index);
    if (problem) return fail(problem);
  }
  return ok(parsed.value as unknown as OpTableSet);
}

function checkGrid(table: Table, index: number): Problem | undefined {
  const at = (...keys: (string | number)[]): string => formatPath(["tables", index, ...keys]);
  let points = 1;
  for (const [axis, { knots }] of table.axes.entries()) {
    points *= knots.length;
    const wrong = knots.findIndex((knot, i) => !isNumber(knot) || (i > 0 && knot <= Number(knots[i - 1])));
    if (wrong >= 0) {
      return { path: at("axes", axis, "knots", wrong), problem: `must ascend, got ${String(knots[wrong])}` };
    }
  }
  if (table.ms.length !== points) {
    return { path: at("ms"), problem: `expected ${points} values for the axes, got ${table.ms.length}` };
  }
  const wrong = table.ms.findIndex((ms) => !isNumber(ms) || ms <= 0);
  if (wrong < 0) return undefined;
  return { path: at("ms", wrong), problem: `must be more than 0, got ${String(table.ms[wrong])}` };
}

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
