import { ticks } from "d3-array";

/** Four to six round ticks from zero, with their share of the axis. */
export interface Tick {
  readonly value: number;
  readonly share: number;
}

export function axisTicks(max: number, count = 5): readonly Tick[] {
  if (!(max > 0)) return [];
  return ticks(0, max, count).map((value) => ({ value, share: value / max }));
}
