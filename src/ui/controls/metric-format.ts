import type { Ranged } from "../../core/domain/provenance.ts";
import { durationUnit, formatFixed, formatNumber, formatUsd } from "../../core/units/format.ts";

/** A figure, its unit and its interval with the same decimals: always these, always in this order. */
export interface MetricText {
  readonly figure: string;
  readonly unit: string;
  readonly interval: string;
}

export function rateText(range: Ranged, unit = "tok/s"): MetricText {
  return { figure: formatNumber(range.value), unit, interval: interval(range, 1, decimalsOf(range.value)) };
}

/** ms below 10 s, then s, min, h; the interval in the unit of the value. */
export function durationText(range: Ranged): MetricText {
  const [unit, scale] = durationUnit(range.value);
  const value = range.value * scale;
  return { figure: formatNumber(value), unit, interval: interval(range, scale, decimalsOf(value)) };
}

/** Of hours, in the unit that their value calls for. */
export const hoursText = ({ value, low, high, basis }: Ranged): MetricText =>
  durationText({ value: value * 3.6e6, low: low * 3.6e6, high: high * 3.6e6, basis });

export function usdText(range: Ranged, unit: string): MetricText {
  const cents = Math.abs(range.value) < 99.995 ? 2 : 0;
  const usd = (n: number) => `$${formatFixed(n, cents)}`;
  return { figure: formatUsd(range.value), unit, interval: `${usd(range.low)} – ${usd(range.high)}` };
}

/** Decimals that `formatNumber` gives a value at three significant figures. */
function decimalsOf(value: number): number {
  const magnitude = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
  return Math.max(0, Math.min(8, 2 - magnitude));
}

function interval(range: Ranged, scale: number, decimals: number): string {
  return `${formatFixed(range.low * scale, decimals)} – ${formatFixed(range.high * scale, decimals)}`;
}
