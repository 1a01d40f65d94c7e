import type { SearchColumns } from "../src/core/domain/search.ts";
import { CLOUD_SIZES, CLOUD_STEP } from "../src/core/domain/search-view.ts";

/** Numbers that keep a grid point and a size apart in one integer. */
const SPAN = 4096;

/** Rows with a price as points of a grid, each once: as many as a figure can show, not as many as were found. */
export function cloudOf(columns: SearchColumns, rows: Uint32Array): Int16Array {
  const seen = new Set<number>();
  const points: number[] = [];
  for (const row of rows) {
    const usd = columns.usdPerMillionOutputTokens[row] as number;
    if (!(usd > 0)) continue;
    const x = Math.round(Math.log10(usd) / CLOUD_STEP);
    const y = Math.round(Math.log10(columns.tokensPerSecondPerUser[row] as number) / CLOUD_STEP);
    const accelerators = columns.accelerators[row] as number;
    const size = CLOUD_SIZES.findIndex((most) => accelerators <= most);
    const key = ((x + SPAN / 2) * SPAN + y + SPAN / 2) * SPAN + size;
    if (seen.has(key)) continue;
    seen.add(key);
    points.push(x, y, size);
  }
  return Int16Array.from(points);
}
