import type { Quantity } from "../units/quantity.ts";

/** How hard a fact of the catalog is, hardest first. */
export type FactBasis = "measured" | "datasheet" | "derived" | "assumed";

/** One catalogued number with where it comes from. `source` is a key of planner-data/sources.json. */
export interface Fact<T> {
  readonly value: T;
  readonly unit: string;
  readonly basis: FactBasis;
  readonly source: string;
  readonly date?: string;
  readonly note?: string;
}

/** How hard a result is, hardest first: a result is as hard as its softest input. */
export type EstimateBasis = "measured" | "interpolated" | "calibrated" | "extrapolated" | "assumed";

const HARDNESS: readonly EstimateBasis[] = [
  "measured",
  "interpolated",
  "calibrated",
  "extrapolated",
  "assumed",
];

/** The softest of several bases; `measured` for none. */
export function softest(...bases: readonly EstimateBasis[]): EstimateBasis {
  let worst = 0;
  for (const basis of bases) worst = Math.max(worst, HARDNESS.indexOf(basis));
  return HARDNESS[worst] ?? "assumed";
}

/** A prediction with its 80 % interval: `low <= value <= high`. */
export interface Ranged<Q extends number = number> {
  readonly value: Q;
  readonly low: Q;
  readonly high: Q;
  readonly basis: EstimateBasis;
}

/** A quantity with the unit it is branded with, for places that must spell it. */
export type AnyQuantity = Quantity<string>;
