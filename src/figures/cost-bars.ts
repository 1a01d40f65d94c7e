import type { CostLine } from "../core/domain/estimate.ts";

export interface CostBar {
  readonly line: CostLine;
  /** Shares 0..1 of the axis. */
  readonly width: number;
  readonly low: number | null;
  readonly high: number | null;
  /** Ink for what the plan's reader can choose, grey for the prices of others. */
  readonly own: boolean;
}

/** How far the cost of one's own tokens may lie off, from the speed's interval: shares of the value. */
export interface CostSpread {
  readonly low: number;
  readonly high: number;
}

/** A dear offer's upper end would squeeze the rest: it is cut at the axis. */
const WIDEST_AXIS = 1.3;

/**
 * Rent, own and API beside one another on one scale.
 *
 * Of many rents these stand for all: the dearest, the median and the cheapest on demand, the cheapest of
 * every other term. The whole list is the table's.
 */
export function placeCostBars(lines: readonly CostLine[], spread: CostSpread | null): readonly CostBar[] {
  const shown = pickShown(lines);
  const ends = shown.map((line) => endsOf(line, spread));
  const dearest = Math.max(0, ...shown.map((line) => line.usdPerMillionOutputTokens));
  const max = Math.min(dearest * WIDEST_AXIS, Math.max(dearest, ...ends.map((end) => end?.high ?? 0)) * 1.02);
  const scale = (usd: number) => (max > 0 ? Math.min(1, usd / max) : 0);
  return shown.map((line, i) => {
    const end = ends[i];
    return {
      line,
      width: scale(line.usdPerMillionOutputTokens),
      low: end ? scale(end.low) : null,
      high: end ? scale(end.high) : null,
      own: line.kind !== "api",
    };
  });
}

function endsOf(line: CostLine, spread: CostSpread | null): { low: number; high: number } | null {
  if (line.low !== undefined && line.high !== undefined) return { low: line.low, high: line.high };
  if (line.kind === "api" || spread === null) return null;
  const value = line.usdPerMillionOutputTokens;
  return { low: value * spread.low, high: value * spread.high };
}

function pickShown(lines: readonly CostLine[]): readonly CostLine[] {
  const dear = (a: CostLine, b: CostLine) => b.usdPerMillionOutputTokens - a.usdPerMillionOutputTokens;
  const of = (kind: CostLine["kind"]) => lines.filter((line) => line.kind === kind).sort(dear);
  const rents = of("rent");
  const onDemand = rents.filter((line) => !/spot|reserved/.test(line.label));
  const terms = ["reserved-3y", "reserved-1y", "spot"].map((term) =>
    rents.filter((line) => line.label.includes(term)).at(-1),
  );
  const picked = [onDemand[0], onDemand[Math.floor(onDemand.length / 2)], onDemand.at(-1), ...terms];
  const apis = of("api");
  const unique = new Set([
    ...picked.filter((line) => line !== undefined),
    ...of("own"),
    ...apis.slice(0, 1),
    ...apis.slice(-2),
  ]);
  return [...unique];
}
