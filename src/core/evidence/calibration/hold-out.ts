/** Rows predicted by parameters that were fitted without them. */
import { BLOCKS } from "./blocks.ts";
import { fitBlocks, ratios, type FreshFacts } from "./calibrate.ts";
import type { CalibrationRow } from "./rows.ts";

/** Which rows are left out together; rows without a name are never left out. */
export type Fold = (row: CalibrationRow) => string | undefined;

/** By source and machine. */
export const bySource: Fold = (row) => row.group;

const LAYOUT_FOLDS = 8;

/** By machine, engine, weights and cut, eight folds of whole layouts. */
export function byLayout(rows: readonly CalibrationRow[]): Fold {
  const layouts = [...new Set(rows.map((row) => row.layout))].sort();
  const folds = new Map(layouts.map((layout, i) => [layout, `fold ${i % LAYOUT_FOLDS}`]));
  return (row) => folds.get(row.layout);
}

/** By accelerator, whatever the source. */
export const byAccelerator: Fold = (row) => row.accelerator ?? undefined;

/**
 * Measured over predicted time of each row that a fold leaves out, in the order of `rows`; null otherwise.
 *
 * Every fold is fitted anew, from the values that all rows gave; parameters are put back afterwards. Rows of the
 * same class that a fold leaves out have no part in any block's fit.
 */
export function heldOutRatios(
  rows: readonly CalibrationRow[],
  fold: Fold,
  facts: FreshFacts,
): (number | null)[] {
  const parameters = BLOCKS.flatMap((block) => block.parameters);
  const kept = parameters.map(({ value }) => value);
  const result: (number | null)[] = rows.map(() => null);
  const names = [...new Set(rows.map(fold))].filter((name) => name !== undefined).sort();
  for (const name of names) {
    const left = rows.flatMap((row, i) => (fold(row) === name ? [i] : []));
    fitBlocks(
      rows.filter((row) => fold(row) !== name),
      facts,
      (block) => left.some((i) => block.takes(rows[i] as CalibrationRow)),
      true,
    );
    const now = ratios(
      left.map((i) => rows[i] as CalibrationRow),
      facts,
    );
    left.forEach((i, k) => (result[i] = now[k] as number));
    parameters.forEach((parameter, i) => (parameter.value = kept[i] as number));
  }
  return result;
}
