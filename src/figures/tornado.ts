/** Inputs by how far each alone moves a metric. */
import type {
  Sensitivity,
  SensitivityCase,
  SensitivityInput,
  SensitivityMetric,
} from "../core/domain/sensitivity.ts";

export interface TornadoCase {
  readonly case: SensitivityCase;
  readonly value: number;
  /** Share 0..1 of the axis. */
  readonly at: number;
}

export interface TornadoRow {
  readonly input: SensitivityInput;
  /** Ends of the bar: the smallest and the largest of the cases; `null` where the plan itself is the end. */
  readonly low: TornadoCase | null;
  readonly high: TornadoCase | null;
  readonly cases: readonly TornadoCase[];
  readonly from: number;
  readonly to: number;
  /** Largest over smallest, the plan's own value among them. */
  readonly swing: number;
}

export interface Tornado {
  readonly base: number;
  /** Share of the axis where the plan stands, and its interval there. */
  readonly at: number;
  readonly band: { readonly from: number; readonly to: number };
  readonly ticks: readonly { readonly value: number; readonly multiple: number; readonly share: number }[];
  readonly rows: readonly TornadoRow[];
  /** Inputs that do not move this metric. */
  readonly still: readonly SensitivityInput[];
}

/** A swing of less than this is none. */
const LEAST_SWING = 1.01;
const MULTIPLES = [1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8, 16, 32] as const;
/** The axis reaches this far at least and this far at most, times the plan's value either way. */
const LEAST_REACH = 2;
const MOST_REACH = 16;

/** `null` where the plan has no such metric. */
export function placeTornado({ base, inputs }: Sensitivity, metric: SensitivityMetric): Tornado | null {
  const own = base[metric];
  if (own === null || own.value <= 0) return null;
  const found = inputs.map((input) => ({ input, values: valuesOf(input, metric) }));
  const ratios = found.flatMap(({ values }) => values.map(({ value }) => value / own.value));
  const lowest = reach(1 / Math.min(...ratios, 1));
  const highest = reach(Math.max(...ratios, 1));
  const width = Math.log(lowest * highest);
  const share = (value: number) => Math.min(1, Math.max(0, Math.log((value / own.value) * lowest) / width));
  const rows = found
    .map(({ input, values }) => rowOf(input, values, own.value, share))
    .filter(({ swing }) => swing >= LEAST_SWING)
    .sort((a, b) => b.swing - a.swing);
  const moved = new Set(rows.map(({ input }) => input));
  return {
    base: own.value,
    at: share(own.value),
    band: { from: share(own.low), to: share(own.high) },
    ticks: MULTIPLES.filter((m) => m * lowest > 0.99 && m / highest < 1.01).map((multiple) => ({
      ...{ multiple, value: own.value * multiple },
      share: share(own.value * multiple),
    })),
    rows,
    still: inputs.filter((input) => !moved.has(input)),
  };
}

const reach = (ratio: number): number => Math.min(MOST_REACH, Math.max(LEAST_REACH, ratio)) * 1.05;

interface Valued {
  readonly case: SensitivityCase;
  readonly value: number;
}

const valuesOf = ({ cases }: SensitivityInput, metric: SensitivityMetric): Valued[] =>
  cases.flatMap((one) => {
    const value = one.figures[metric];
    return value === null || value <= 0 ? [] : [{ case: one, value }];
  });

function rowOf(
  input: SensitivityInput,
  values: readonly Valued[],
  base: number,
  share: (value: number) => number,
): TornadoRow {
  const cases = values.map((one) => ({ ...one, at: share(one.value) })).sort((a, b) => a.value - b.value);
  const [first, last] = [cases[0], cases.at(-1)];
  const low = first !== undefined && first.value < base ? first : null;
  const high = last !== undefined && last.value > base ? last : null;
  return {
    input,
    low,
    high,
    cases,
    from: low?.at ?? share(base),
    to: high?.at ?? share(base),
    swing: (high?.value ?? base) / (low?.value ?? base),
  };
}
