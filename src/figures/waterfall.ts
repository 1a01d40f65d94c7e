import type { Ranged } from "../core/domain/provenance.ts";
import type { OperatorTime, StepTime } from "../core/domain/step.ts";
import { axisTicks, type Tick } from "./ticks.ts";

export interface WaterfallRow {
  readonly operator: OperatorTime;
  readonly label: string;
  /** Shares 0..1 of the axis. */
  readonly start: number;
  readonly width: number;
  /** Share of the bar that is the physical limit, 0..1. */
  readonly solid: number;
  /** Of the whole step. */
  readonly share: number;
  /** Time over limit; null where there is none (host). */
  readonly multiple: number | null;
}

export interface Waterfall {
  readonly rows: readonly WaterfallRow[];
  readonly ticks: readonly Tick[];
  readonly axisMs: number;
  readonly total: { readonly ms: number; readonly at: number; readonly low: number; readonly high: number };
  readonly totalMultiple: number | null;
}

/** An interval wider than this would squeeze the rows to nothing; its end is cut at the axis. */
const WIDEST_AXIS = 1.25;

/** Operators in their order, each beginning where the one above it ended. */
export function placeWaterfall(step: StepTime, total: Ranged): Waterfall {
  const longest = Math.max(step.totalMs, total.value);
  const axisMs = Math.min(Math.max(longest, total.high), longest * WIDEST_AXIS) * 1.02;
  const scale = (ms: number) => (axisMs > 0 ? Math.min(1, ms / axisMs) : 0);
  let elapsed = 0;
  const rows = step.operators.map((operator) => {
    const start = scale(elapsed);
    elapsed += operator.ms;
    return {
      operator,
      label:
        operator.count === undefined || operator.hue !== "comm"
          ? operator.name
          : `${operator.name} × ${operator.count}`,
      start,
      width: scale(operator.ms),
      solid:
        operator.limitMs === undefined || operator.ms <= 0 ? 0 : Math.min(1, operator.limitMs / operator.ms),
      share: step.totalMs > 0 ? operator.ms / step.totalMs : 0,
      multiple: multipleOf(operator.ms, operator.limitMs),
    };
  });
  return {
    rows,
    ticks: axisTicks(axisMs, 7),
    axisMs,
    total: { ms: total.value, at: scale(total.value), low: scale(total.low), high: scale(total.high) },
    totalMultiple: totalMultiple(step.operators),
  };
}

function multipleOf(ms: number, limitMs: number | undefined): number | null {
  return limitMs === undefined || limitMs <= 0 ? null : ms / limitMs;
}

/** Time of everything that has a limit, over the sum of those limits. */
export function totalMultiple(operators: readonly OperatorTime[]): number | null {
  const limit = operators.reduce((sum, operator) => sum + (operator.limitMs ?? 0), 0);
  const ms = operators.reduce((sum, operator) => sum + operator.ms, 0);
  return multipleOf(ms, limit);
}
