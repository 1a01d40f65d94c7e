/** 80 % intervals from residuals: factors that also hold for sources and machines left out. */
import type { IntervalClass, IntervalTable } from "../domain/intervals.ts";
import { weightedQuantile } from "./statistics.ts";

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
/** With fewer groups than this a class cannot be judged on a left-out one, and takes the more general class. */
const JUDGEABLE_GROUPS = 3;
/** Beyond this a few odd groups would speak for all. */
const MOST_WIDENING = 2;
const MINIMUM_RECORDS = 5;

/**
 * Intervals of every class and of the more general ones above it.
 *
 *   factors = quantiles 0.1 and 0.9 of measured / predicted, to the power k >= 1
 *
 * Groups count alike, however many records each has: what is asked for is the error on a source and machine
 * that nobody has measured, of which the groups are the sample. k is the least power at which factors from all
 * other groups hold 80 % of the records of left-out groups.
 */
export function intervalTable(residuals: readonly Residual[]): IntervalTable {
  const byKey = new Map<string, Residual[]>();
  for (const residual of residuals) {
    for (const key of generalKeys(residual.key)) byKey.set(key, [...(byKey.get(key) ?? []), residual]);
  }
  const classes: Record<string, IntervalClass> = {};
  for (const key of [...byKey.keys()].sort()) {
    const of = byKey.get(key) ?? [];
    const groups = [...new Set(of.map((r) => r.group))];
    if (of.length < MINIMUM_RECORDS || groups.length < JUDGEABLE_GROUPS) continue;
    classes[key] = interval(of, groups);
  }
  return { classes };
}

/** `a/b/c/metric` also counts for `a/b/metric` and `a/metric`. */
function generalKeys(key: string): string[] {
  const parts = key.split("/");
  const metric = parts.pop() ?? "";
  return parts.map((_, i) => `${parts.slice(0, i + 1).join("/")}/${metric}`);
}

function interval(of: readonly Residual[], groups: readonly string[]): IntervalClass {
  const judged = groups.map((group) => ({
    own: of.filter((r) => r.group === group),
    factors: factors(of.filter((r) => r.group !== group)),
  }));
  const leftOutCoverage = (power: number): number => {
    const held = judged.map(({ own, factors: [low, high] }) =>
      own.filter(({ ratio }) => ratio >= low ** power && ratio <= high ** power),
    );
    return held.reduce((sum, { length }) => sum + length, 0) / of.length;
  };
  let power = 1;
  let coverage = leftOutCoverage(power);
  while (coverage < TARGET_COVERAGE && power < MOST_WIDENING) {
    power += 0.05;
    coverage = leftOutCoverage(power);
  }
  const [low, high] = factors(of);
  return {
    low: round(low ** power),
    high: round(high ** power),
    records: of.length,
    groups: groups.length,
    coverage: round(coverage),
  };
}

function factors(of: readonly Residual[]): [number, number] {
  const sizes = new Map<string, number>();
  for (const { group } of of) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const sorted = of
    .map(({ ratio, group }) => ({ value: ratio, weight: 1 / (sizes.get(group) ?? 1) }))
    .sort((a, b) => a.value - b.value);
  return [Math.min(1, weightedQuantile(sorted, LOWEST)), Math.max(1, weightedQuantile(sorted, HIGHEST))];
}

function round(value: number): number {
  return Math.round(value * 1e3) / 1e3;
}
