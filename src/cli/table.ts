import { plainText } from "./io.ts";

/** Columns aligned with spaces: the first to the left, the others to the right unless `left` names them. */
export function printTable(rows: readonly (readonly string[])[], left: readonly number[] = [0]): string {
  const cells = rows.map((row) => row.map(plainText));
  const widths: number[] = [];
  for (const row of cells) {
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)));
  }
  const printed = cells.map((row) =>
    row
      .map((cell, column) =>
        left.includes(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
  return `${printed.join("\n")}\n`;
}
