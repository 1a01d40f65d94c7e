/** One row of the map: a weight format and the bytes to spare on each accelerator (null: cannot run). */
export interface FitRow {
  readonly name: string;
  readonly spare: readonly (number | null)[];
}

/** Which accelerator is the first that fits with the plan's weights, and which weights its own accelerator takes. */
export function fitMapFinding(
  columns: readonly string[],
  rows: readonly FitRow[],
  planRow: number,
  planColumn: number,
): string {
  const fits = (spare: number | null | undefined) => spare !== null && spare !== undefined && spare >= 0;
  const row = rows[planRow];
  const here = columns[planColumn];
  const firstColumn = row?.spare.findIndex(fits) ?? -1;
  const firstRow = planColumn < 0 ? -1 : rows.findIndex((candidate) => fits(candidate.spare[planColumn]));
  const sentences: string[] = [];
  if (row) {
    sentences.push(
      firstColumn < 0
        ? `With ${row.name}, nothing in this map fits`
        : `With ${row.name}, the smallest that fits is ${columns[firstColumn] ?? ""}`,
    );
  }
  const weights = rows[firstRow];
  if (weights && here !== undefined && weights !== row)
    sentences.push(`with ${weights.name}, ${here} is enough`);
  if (sentences.length > 0) return `${sentences.join("; ")}.`;
  const fitting = rows.reduce((sum, candidate) => sum + candidate.spare.filter(fits).length, 0);
  return `${fitting} of ${rows.length * columns.length} combinations fit.`;
}
