/** Error intervals by class: factors around one, and how many records hold them. */
import * as v from "valibot";
import type { IntervalTable } from "../domain/intervals.ts";
import type { Problem } from "../domain/problem.ts";
import type { Result } from "../domain/result.ts";
import { checkSchema } from "./check-schema.ts";

const factor = v.pipe(v.number(), v.gtValue(0), v.maxValue(100));
const count = v.pipe(v.number(), v.integer(), v.minValue(1));

const tableSchema = v.strictObject({
  classes: v.record(
    v.string(),
    v.strictObject({
      low: v.pipe(factor, v.maxValue(1)),
      high: v.pipe(factor, v.minValue(1)),
      records: count,
      groups: count,
      coverage: v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
    }),
  ),
});

/** planner-data/calibration/intervals.json → table, or the first field that is wrong. */
export function parseIntervals(content: unknown): Result<IntervalTable, Problem> {
  return checkSchema(tableSchema, content, "");
}
