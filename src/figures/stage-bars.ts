/** Stages one after the other on one axis of time. */
import type { Ranged } from "../core/domain/provenance.ts";
import { axisTicks, type Tick } from "./ticks.ts";

export interface TimedStage {
  readonly startHours: number;
  readonly hours: Ranged;
}

export interface StageBar<S> {
  readonly stage: S;
  /** Shares 0..1 of the axis. */
  readonly start: number;
  readonly width: number;
  /** Where the stage would end at both ends of its interval. */
  readonly low: number;
  readonly high: number;
}

export interface StageBars<S> {
  readonly bars: readonly StageBar<S>[];
  readonly unit: "min" | "h";
  readonly unitHours: number;
  readonly ticks: readonly Tick[];
}

/** The axis ends where the longest stage's interval does, but a wide one does not squeeze the rest. */
export function placeStages<S extends TimedStage>(stages: readonly S[], total: number): StageBars<S> {
  const far = Math.max(...stages.map(({ startHours, hours }) => startHours + hours.high));
  const axis = Math.min(far, total * 1.4) || 1;
  const [unit, unitHours] = total < 3 ? (["min", 1 / 60] as const) : (["h", 1] as const);
  const clamp = (hours: number) => Math.min(1, hours / axis);
  return {
    unit,
    unitHours,
    ticks: axisTicks(axis / unitHours, 6),
    bars: stages.map((stage) => ({
      stage,
      start: clamp(stage.startHours),
      width: clamp(stage.startHours + stage.hours.value) - clamp(stage.startHours),
      low: clamp(stage.startHours + stage.hours.low),
      high: clamp(stage.startHours + stage.hours.high),
    })),
  };
}
