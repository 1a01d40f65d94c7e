/** A distribution of lengths as bars over a logarithmic axis: a file's bins, or the plan's shape. */
import { distributionOf } from "../core/domain/length-spread.ts";
import type { LengthSpread } from "../core/domain/plan.ts";
import { sketchQuantile } from "../core/domain/quantile-sketch.ts";
import type { LengthBin } from "../core/domain/workload-file.ts";

export interface LengthBar {
  readonly from: number;
  readonly to: number;
  /** Of all requests. */
  readonly share: number;
}

export interface PlacedLengths {
  /** Shares 0..1 of width and height. */
  readonly bars: readonly { readonly x: number; readonly width: number; readonly height: number }[];
  readonly marks: readonly { readonly name: string; readonly value: number; readonly x: number }[];
  readonly ticks: readonly { readonly value: number; readonly x: number }[];
}

export const barsOfBins = (bins: readonly LengthBin[]): readonly LengthBar[] => {
  const total = bins.reduce((sum, { count }) => sum + count, 0);
  return bins.map(({ from, to, count }) => ({ from, to, share: total > 0 ? count / total : 0 }));
};

const PROBABILITIES = 400;

/** Value below which a share of the plan's requests lies. */
export function spreadQuantile(spread: LengthSpread | undefined, mean: number, probability: number): number {
  const distribution = distributionOf(spread, mean);
  switch (distribution.kind) {
    case "sketch":
      return sketchQuantile(distribution.sketch, probability);
    case "lognormal": {
      const variance = Math.log(1 + distribution.coefficientOfVariation ** 2);
      return mean * Math.exp(Math.sqrt(variance) * normalQuantile(probability) - variance / 2);
    }
    default:
      return mean;
  }
}

/** Bars at half octaves of what the plan says, by its quantiles. */
export function barsOfSpread(spread: LengthSpread | undefined, mean: number): readonly LengthBar[] {
  if (spread === undefined) return [{ from: mean * 0.985, to: mean * 1.015, share: 1 }];
  const counts = new Map<number, number>();
  for (let i = 0; i < PROBABILITIES; i++) {
    const value = Math.max(1, spreadQuantile(spread, mean, (i + 0.5) / PROBABILITIES));
    const bin = Math.floor(2 * Math.log2(value));
    counts.set(bin, (counts.get(bin) ?? 0) + 1);
  }
  const bins = [...counts.keys()].sort((a, b) => a - b);
  const [first = 0, last = 0] = [bins[0], bins.at(-1)];
  return Array.from({ length: last - first + 1 }, (_, i) => ({
    from: 2 ** ((first + i) / 2),
    to: 2 ** ((first + i + 1) / 2),
    share: (counts.get(first + i) ?? 0) / PROBABILITIES,
  }));
}

/** Bars and quantile marks on one axis from `low` to `high` tokens. Heights are of share per octave. */
export function placeLengths(
  bars: readonly LengthBar[],
  marks: readonly { readonly name: string; readonly value: number }[],
  [low, high]: readonly [number, number],
  mostTicks = 6,
): PlacedLengths {
  const span = Math.log2(high / low);
  const x = (value: number) => Math.min(1, Math.max(0, Math.log2(Math.max(value, low) / low) / span));
  const density = (bar: LengthBar) => bar.share / Math.log2(Math.max(bar.to, 1) / Math.max(bar.from, 0.5));
  const most = Math.max(...bars.map(density), Number.MIN_VALUE);
  return {
    bars: bars
      .filter(({ share }) => share > 0)
      .map((bar) => ({ x: x(bar.from), width: x(bar.to) - x(bar.from), height: density(bar) / most })),
    marks: marks.map((mark) => ({ ...mark, x: x(mark.value) })),
    ticks: powersBetween(low, high, mostTicks).map((value) => ({ value, x: x(value) })),
  };
}

/** The axis that takes both sides of a workload: whole powers of four, at least two. */
export function lengthAxis(bars: readonly (readonly LengthBar[])[]): readonly [number, number] {
  const values = bars.flatMap((side) => side.flatMap(({ from, to }) => [Math.max(1, from), to]));
  const low = 4 ** Math.floor(Math.log(Math.min(...values, 256)) / Math.log(4));
  const high = 4 ** Math.ceil(Math.log(Math.max(...values, 1024)) / Math.log(4));
  return [low, Math.max(high, 16 * low)];
}

function powersBetween(low: number, high: number, most: number): readonly number[] {
  const all: number[] = [];
  for (let power = low; power <= high * 1.001; power *= 2) all.push(power);
  const step = Math.ceil((all.length - 1) / Math.max(1, most - 1));
  return all.filter((_, i) => i % step === 0);
}

/** Of the standard normal, within 4.5e-4 (Abramowitz and Stegun 26.2.23): for drawing, not for the simulation. */
export function normalQuantile(probability: number): number {
  const p = Math.min(1 - 1e-9, Math.max(1e-9, probability));
  const t = Math.sqrt(-2 * Math.log(Math.min(p, 1 - p)));
  const z =
    t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  return p < 0.5 ? -z : z;
}
