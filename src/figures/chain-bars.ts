/** The chain's stages one after the other on one axis of time. */
import type { ChainEstimate, ChainStage } from "../core/domain/distill-estimate.ts";
import { axisTicks, type Tick } from "./ticks.ts";

export interface ChainBar {
  readonly stage: ChainStage;
  /** Shares 0..1 of the axis. */
  readonly start: number;
  readonly width: number;
  /** Where the stage would end at both ends of its interval. */
  readonly low: number;
  readonly high: number;
  /** Of the chain's time and cost; null where a price is not known. */
  readonly timeShare: number;
  readonly costShare: number | null;
}

export interface ChainBars {
  readonly bars: readonly ChainBar[];
  readonly unit: "min" | "h" | "d";
  readonly unitHours: number;
  readonly ticks: readonly Tick[];
}

const UNITS = [
  ["min", 1 / 60],
  ["h", 1],
  ["d", 24],
] as const;

/** The axis ends where the longest stage's interval does, but a wide one does not squeeze the rest. */
export function placeChain(chain: ChainEstimate): ChainBars {
  const total = chain.hours.value;
  const far = Math.max(...chain.stages.map(({ startHours, hours }) => startHours + hours.high));
  const axis = Math.min(far, total * 1.4) || 1;
  const [unit, unitHours] = UNITS[total < 3 ? 0 : total < 96 ? 1 : 2];
  const clamp = (hours: number) => Math.min(1, hours / axis);
  return {
    unit,
    unitHours,
    ticks: axisTicks(axis / unitHours, 6),
    bars: chain.stages.map((stage) => ({
      stage,
      start: clamp(stage.startHours),
      width: clamp(stage.startHours + stage.hours.value) - clamp(stage.startHours),
      low: clamp(stage.startHours + stage.hours.low),
      high: clamp(stage.startHours + stage.hours.high),
      timeShare: stage.hours.value / total,
      costShare: stage.usd === null || chain.usd === null ? null : stage.usd.value / chain.usd.value,
    })),
  };
}
