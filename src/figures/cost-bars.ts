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

/** Rent, own and API beside one another on one scale, dearest of each kind first. */
export function placeCostBars(lines: readonly CostLine[], most = 6): readonly CostBar[] {
  const kinds = { rent: 0, own: 1, api: 2 } as const;
  const ordered = [...lines].sort(
    (a, b) => kinds[a.kind] - kinds[b.kind] || b.usdPerMillionOutputTokens - a.usdPerMillionOutputTokens,
  );
  const shown = pickShown(ordered, most);
  const max = Math.max(0, ...shown.map((line) => line.high ?? line.usdPerMillionOutputTokens)) * 1.02;
  const scale = (usd: number) => (max > 0 ? usd / max : 0);
  return shown.map((line) => ({
    line,
    width: scale(line.usdPerMillionOutputTokens),
    low: line.low === undefined ? null : scale(line.low),
    high: line.high === undefined ? null : scale(line.high),
    own: line.kind !== "api",
  }));
}

/** All of one's own ways to pay; of API prices the cheapest and dearest that there is room for. */
function pickShown(ordered: readonly CostLine[], most: number): readonly CostLine[] {
  const own = ordered.filter((line) => line.kind !== "api");
  const api = ordered.filter((line) => line.kind === "api");
  const room = Math.max(2, most - own.length);
  if (api.length <= room) return [...own, ...api];
  const picked = api.filter(
    (_, i) => Math.floor((i * room) / api.length) !== Math.floor(((i - 1) * room) / api.length),
  );
  const cheapest = api.at(-1) as CostLine;
  return [...own, ...picked.slice(0, room - 1), cheapest];
}
