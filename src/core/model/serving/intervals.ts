/**
 * 80 % intervals by class: quantiles of measured over predicted, from groups left out of the fit.
 * planner-data/calibration/intervals.json, written by `npm run calibrate`.
 */
import type { IntervalClass, IntervalTable } from "../../domain/intervals.ts";
import { softest, type EstimateBasis, type Ranged } from "../../domain/provenance.ts";

export type SpeedMetric = "ttft" | "tpot" | "prefill" | "decode";

/** Without records: what a factor-of-two guess deserves. Assumed. */
const ASSUMED: Readonly<Record<SpeedMetric, readonly [number, number]>> = {
  tpot: [0.6, 1.8],
  decode: [0.6, 1.8],
  ttft: [0.4, 3],
  prefill: [0.4, 2.5],
};

/** Outside of what records support an interval grows to this power of its ratio. */
const EXTRAPOLATED_POWER = 1.6;

export interface Spread {
  readonly low: number;
  readonly high: number;
  readonly basis: EstimateBasis;
}

/**
 * How far the truth may lie from a prediction of a class, as factors.
 *
 * Takes the class, else its more general names (`a/b/c` → `a/b` → `a`); a general name or an
 * extrapolated basis widens it.
 */
export function spreadOf(
  table: IntervalTable | undefined,
  className: string,
  metric: SpeedMetric,
  basis: EstimateBasis,
): Spread {
  let name = className;
  for (let steps = 0; ; steps++) {
    const found = table?.classes[`${name}/${metric}`];
    if (found !== undefined) return widen(found, steps, basis);
    const cut = name.lastIndexOf("/");
    if (cut < 0) break;
    name = name.slice(0, cut);
  }
  const [low, high] = ASSUMED[metric];
  return { low, high, basis: "assumed" };
}

function widen(found: IntervalClass, steps: number, basis: EstimateBasis): Spread {
  const soft = basis === "extrapolated" || basis === "assumed";
  const power = soft ? EXTRAPOLATED_POWER : 1;
  return {
    low: Math.min(1, found.low) ** power,
    high: Math.max(1, found.high) ** power,
    basis: softest(basis, steps > 1 ? "extrapolated" : "calibrated"),
  };
}

export function ranged(value: number, spread: Spread): Ranged {
  return { value, low: value * spread.low, high: value * spread.high, basis: spread.basis };
}

/** A quantity that falls as the one with this interval grows. */
export function inverse(value: number, of: Ranged): Ranged {
  // divided first: an end that equals the value stays equal
  return { value, low: value * (of.value / of.high), high: value * (of.value / of.low), basis: of.basis };
}
