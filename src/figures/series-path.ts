/** A series of buckets as a line, one step a bucket, and its axes. */
import { ticks } from "d3-array";

export interface PlacedSeries {
  /** Of a box of 1 x 1 with y downwards. */
  readonly line: string;
  readonly area: string;
}

export function placeSeries(values: readonly number[], max: number): PlacedSeries {
  if (values.length === 0 || !(max > 0)) return { line: "", area: "" };
  const width = 1 / values.length;
  const points = values.flatMap((value, i) => {
    const y = 1 - Math.min(1, value / max);
    return [`${round(i * width)},${round(y)}`, `${round((i + 1) * width)},${round(y)}`];
  });
  const line = `M${points.join("L")}`;
  return { line, area: `${line}L1,1L0,1Z` };
}

const round = (value: number): string => String(Math.round(value * 1e4) / 1e4);

/** A round top for an axis, and its ticks. */
export function topOf(max: number, count = 3): { readonly top: number; readonly ticks: readonly number[] } {
  if (!(max > 0)) return { top: 1, ticks: [0, 1] };
  const step = (ticks(0, max, count)[1] ?? max) || max;
  const top = Math.ceil(max / step - 1e-9) * step;
  return { top, ticks: ticks(0, top, count).filter((tick) => tick <= top) };
}

const STEPS_MS = [
  1e3, 2e3, 5e3, 1e4, 3e4, 6e4, 12e4, 3e5, 6e5, 12e5, 18e5, 36e5, 72e5, 144e5, 216e5, 432e5, 864e5,
] as const;

/** Round times from 0 to `ms`, about `count` of them. */
export function timeTicks(ms: number, count = 6): readonly number[] {
  const week = 7 * 864e5;
  const step = STEPS_MS.find((candidate) => ms / candidate <= count) ?? Math.ceil(ms / count / week) * week;
  return Array.from({ length: Math.floor(ms / step + 1e-9) + 1 }, (_, i) => i * step);
}

/** A time from the start of a run, as short as its axis lets it be. */
export function clockText(ms: number): string {
  if (ms === 0) return "0";
  if (ms < 59_950) return `${short(ms / 1e3)} s`;
  if (ms < 36e5 - 3e4) return `${Math.round(ms / 6e4)} min`;
  if (ms < 864e5) return `${short(ms / 36e5)} h`;
  return `${short(ms / 864e5)} d`;
}

const short = (value: number): string => String(value < 10 ? Math.round(value * 10) / 10 : Math.round(value));
