import type { Ranged } from "../core/domain/provenance.ts";

/** An error bar on the product's one relative axis, 0.6 to 1.4 of the value: shares 0..1 of its length. */
export interface Whisker {
  readonly low: number;
  readonly high: number;
  readonly value: number;
  /** An end beyond the axis has no cap. */
  readonly lowCapped: boolean;
  readonly highCapped: boolean;
}

const AXIS_FROM = 0.6;
const AXIS_TO = 1.4;

export function placeWhisker(range: Ranged): Whisker {
  const share = (n: number) => (n / range.value - AXIS_FROM) / (AXIS_TO - AXIS_FROM);
  const clamp = (n: number) => Math.min(1, Math.max(0, n));
  if (!(range.value > 0)) return { low: 0.5, high: 0.5, value: 0.5, lowCapped: true, highCapped: true };
  const [low, high] = [share(range.low), share(range.high)];
  return { low: clamp(low), high: clamp(high), value: 0.5, lowCapped: low >= 0, highCapped: high <= 1 };
}
