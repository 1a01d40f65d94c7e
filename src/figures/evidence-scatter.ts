/** Predicted against measured on two equal logarithmic axes. */
import { scaleLog } from "d3-scale";

export interface ScatterPair {
  readonly measured: number;
  readonly predicted: number;
  readonly low: number;
  readonly high: number;
}

export type ScatterDomain = readonly [from: number, to: number];

const STEPS = [1, 2, 5, 10];

/** The nearest 1, 2 or 5 times a power of ten below (or above) all figures: the same for both axes. */
export function scatterDomain(pairs: readonly ScatterPair[]): ScatterDomain {
  const values = pairs.flatMap(({ measured, predicted }) => [measured, predicted]).filter((v) => v > 0);
  if (values.length === 0) return [1, 10];
  const low = roundStep(Math.min(...values), "down");
  const high = roundStep(Math.max(...values), "up");
  return low < high ? [low, high] : [low / 2, high * 2];
}

function roundStep(value: number, way: "down" | "up"): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const scaled = value / power;
  // A value on a step may lie a rounding error beside it.
  const found =
    way === "down"
      ? STEPS.findLast((step) => step <= scaled * (1 + 1e-9))
      : STEPS.find((step) => step >= scaled * (1 - 1e-9));
  return (found ?? 1) * power;
}

/** Four to eight of the steps 1, 2, 5 inside the domain; powers of ten alone where that is too many. */
export function logTicks([from, to]: ScatterDomain): readonly number[] {
  const powers: number[] = [];
  for (let k = Math.floor(Math.log10(from)); k <= Math.ceil(Math.log10(to)); k++) powers.push(k);
  const inside = (steps: readonly number[]) =>
    powers
      .flatMap((k) => steps.map((step) => step * 10 ** k))
      .filter((v) => v >= from * (1 - 1e-9) && v <= to * (1 + 1e-9));
  const fine = inside([1, 2, 5]);
  if (fine.length <= 8) return fine;
  const coarse = inside([1]);
  return coarse.length >= 3 ? coarse : inside([1, 5]);
}

/** Pixels along an axis of `length`, from its origin. */
export function placeLog(domain: ScatterDomain, length: number): (value: number) => number {
  return scaleLog([...domain], [0, length]).clamp(true);
}

/**
 * The band in which the typical interval of the points lies, as a path: measured = predicted × factor.
 *
 * `low` and `high` are the medians of the points' own factors. Null without points.
 */
export function bandPath(
  pairs: readonly ScatterPair[],
  domain: ScatterDomain,
  width: number,
  height: number,
): string | null {
  if (pairs.length === 0) return null;
  const low = median(pairs.map((pair) => pair.low / pair.predicted));
  const high = median(pairs.map((pair) => pair.high / pair.predicted));
  const x = scaleLog([...domain], [0, width]);
  const y = scaleLog([...domain], [height, 0]);
  const [from, to] = domain;
  const point = (measured: number, factor: number) =>
    `${x(measured).toFixed(1)},${y(measured / factor).toFixed(1)}`;
  return `M${point(from, low)}L${point(to, low)}L${point(to, high)}L${point(from, high)}Z`;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 1;
}

export interface Placed {
  readonly x: number;
  readonly y: number;
}

/** Index of the mark nearest to a place, within `reach` pixels; null where none is. */
export function nearestMark(marks: readonly Placed[], place: Placed, reach: number): number | null {
  let found: number | null = null;
  let least = reach ** 2;
  for (const [index, { x, y }] of marks.entries()) {
    const distance = (x - place.x) ** 2 + (y - place.y) ** 2;
    if (distance <= least) {
      least = distance;
      found = index;
    }
  }
  return found;
}
