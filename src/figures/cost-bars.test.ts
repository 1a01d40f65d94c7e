import { describe, expect, it } from "vitest";
import type { CostLine } from "../core/domain/estimate.ts";
import { placeCostBars } from "./cost-bars.ts";

const line = (label: string, kind: CostLine["kind"], usd: number): CostLine => ({
  label,
  kind,
  usdPerMillionOutputTokens: usd,
  checked: "2026-09-01",
  source: "test",
});
const rents = [9, 7, 5, 3, 2].map((usd) => line(`P${usd}, on-demand`, "rent", usd));
const lines = [
  line("API a", "api", 0.8),
  ...rents,
  line("Own, 5 years", "own", 1.5),
  line("P1, spot", "rent", 1),
];

describe("placeCostBars", () => {
  it("lets dearest, median and cheapest stand for all rents on demand", () => {
    expect(placeCostBars(lines, null).map((bar) => bar.line.label)).toEqual([
      "P9, on-demand",
      "P5, on-demand",
      "P2, on-demand",
      "P1, spot",
      "Own, 5 years",
      "API a",
    ]);
  });

  it("keeps one scale and spreads only one's own prices", () => {
    const bars = placeCostBars(lines, { low: 0.9, high: 1.2 });
    const width = (label: string) => bars.find((bar) => bar.line.label === label)!.width;
    expect(width("P9, on-demand") / width("P1, spot")).toBeCloseTo(9, 9);
    expect(bars.at(-1)).toMatchObject({ own: false, low: null, high: null });
    expect(bars[3]!.high! / bars[3]!.width).toBeCloseTo(1.2, 9);
  });

  it("survives having nothing to show", () => {
    expect(placeCostBars([], null)).toEqual([]);
  });
});
