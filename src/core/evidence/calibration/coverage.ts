/** Whether 80 % intervals hold what they were not made from. */
import type { IntervalTable } from "../../domain/intervals.ts";
import { spreadOf } from "../../model/serving/intervals.ts";
import { intervalTable } from "../interval-statistics.ts";
import type { CalibrationRow } from "./rows.ts";

/** Rows that intervals are made from: times of whole models. */
export function takesPart({ className, kind }: CalibrationRow): boolean {
  return className !== "slice" && kind !== "throughput";
}

/** Intervals from measured over predicted times of left-out rows. */
export function intervalsOf(
  rows: readonly CalibrationRow[],
  ratios: readonly (number | null)[],
): IntervalTable {
  return intervalTable(
    rows.flatMap((row, i) => {
      const ratio = ratios[i] ?? null;
      if (ratio === null || !takesPart(row)) return [];
      return [{ key: `${row.className}/${row.kind}`, group: row.group, ratio }];
    }),
  );
}

/** Whether the intervals of `table` hold each row; null for rows without one. */
export function heldBy(
  rows: readonly CalibrationRow[],
  ratios: readonly (number | null)[],
  table: IntervalTable,
): (boolean | null)[] {
  return rows.map((row, i) => {
    const ratio = ratios[i] ?? null;
    if (ratio === null || !takesPart(row) || row.kind === "throughput") return null;
    const { low, high } = spreadOf(table, row.className, row.kind, "calibrated");
    return low <= ratio && ratio <= high;
  });
}

/** The same under intervals made without the row's own source and machine. */
export function heldWithoutOwnGroup(
  rows: readonly CalibrationRow[],
  ratios: readonly (number | null)[],
): (boolean | null)[] {
  const held: (boolean | null)[] = rows.map(() => null);
  for (const group of new Set(rows.map((row) => row.group))) {
    const others = ratios.map((ratio, i) => (rows[i]?.group === group ? null : ratio));
    const own = ratios.map((ratio, i) => (rows[i]?.group === group ? ratio : null));
    heldBy(rows, own, intervalsOf(rows, others)).forEach((is, i) => {
      if (is !== null) held[i] = is;
    });
  }
  return held;
}
