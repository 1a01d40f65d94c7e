/** 80 % intervals from residuals: factors that also hold for sources and machines left out. */
import type { IntervalClass, IntervalTable } from "../domain/intervals.ts";
import { quantile } from "./statistics.ts";

/** Measured over predicted, of one record and metric. */
export interface Residual {
  /** `serving/nvidia/aggregated-tp/tpot`: class and metric. */
  readonly key: string;
  /** Source and machine: never split between fit and judgement. */
  readonly group: string;
  readonly ratio: number;
}

const TARGET_COVERAGE = 0.8;
const LOWEST = 0.1;
const HIGHEST = 0.9;
/** With fewer groups than this an interval cannot be judged on a left-out one. */
const JUDGEABLE_GROUPS = 3;
const UNJUDGED_WIDENING = 1.25;
/** Beyond this a few odd groups would speak for all. */
const MOST_WIDENING = 2;
const MINIMUM_RECORDS = 5;

/**
 * Intervals of every class and of the more general ones above it.
 *
 *   factors = quantiles 0.1 and 0.9 of measured / predicted, to the power k >= 1
 *
 * k is the least power at which factors from all other groups hold 80 % of the records of left-out groups.
 */
export function intervalTable(residuals: readonly Residual[]): IntervalTable {
  const byKey = new Map<string, Residual[]>();
  for (const residual of residuals) {
    for (const key of generalKeys(residual.key)) byKey.set(key, [...(byKey.get(key) ?? []), residual]);
  }
  const classes: Record<string, IntervalClass> = {};
  for (const key of [...byKey.keys()].sort()) {
    const of = byKey.get(key) ?? [];
    if (of.length >= MINIMUM_RECORDS) classes[key] = interval(of);
  }
  return { classes };
}

/** `a/b/c/metric` also counts for `a/b/metric` and `a/metric`. */
function generalKeys(key: string): string[] {
  const parts = key.split("/");
  const metric = parts.pop() ?? "";
  return parts.map((_, i) => `${parts.slice(0, i + 1).join("/")}/${metric}`);
}

function interval(of: readonly Residual[]): IntervalClass {
  const groups = [...new Set(of.map((r) => r.group))];
  const judged = groups.length >= JUDGEABLE_GROUPS;
  let power = judged ? 1 : UNJUDGED_WIDENING;
  let coverage = judged ? leftOutCoverage(of, groups, power) : Number.NaN;
  while (judged && coverage < TARGET_COVERAGE && power < MOST_WIDENING) {
    power += 0.05;
    coverage = leftOutCoverage(of, groups, power);
  }
  const [low, high] = factors(of, power);
  return {
    low: round(low),
    high: round(high),
    records: of.length,
    groups: groups.length,
    coverage: judged ? round(coverage) : null,
  };
}

function leftOutCoverage(of: readonly Residual[], groups: readonly string[], power: number): number {
  let held = 0;
  for (const group of groups) {
    const [low, high] = factors(
      of.filter((r) => r.group !== group),
      power,
    );
    held += of.filter((r) => r.group === group && r.ratio >= low && r.ratio <= high).length;
  }
  return held / of.length;
}

function factors(of: readonly Residual[], power: number): [number, number] {
  const sorted = of.map((r) => r.ratio).sort((a, b) => a - b);
  const low = Math.min(1, quantile(sorted, LOWEST));
  const high = Math.max(1, quantile(sorted, HIGHEST));
  return [low ** power, high ** power];
}

function round(value: number): number {
  return Math.round(value * 1e3) / 1e3;
}
