/** Typed access to the open parts of a measurement record. */
import type { MeasurementRecord } from "../domain/measurement.ts";

export type Loose = Readonly<Record<string, unknown>>;

export function object(value: unknown): Loose {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Loose) : {};
}

export function number(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

export function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** A number, or the middle of a range. */
export function middle(value: unknown): number | undefined {
  if (Array.isArray(value)) {
    const [low, high] = [number(value[0]), number(value[1])];
    return low === undefined || high === undefined ? undefined : (low + high) / 2;
  }
  return number(value);
}

/** A measured figure: the mean where a metric has several statistics, else the median. */
export function figure(record: MeasurementRecord, metric: string): number | undefined {
  const value = record.measured[metric];
  const plain = number(value);
  if (plain !== undefined) return plain;
  const statistics = object(value);
  return number(statistics["mean"]) ?? number(statistics["median"]);
}

/** Those of these figures that the record has. */
export function figuresOf(
  record: MeasurementRecord,
  metrics: readonly string[],
): readonly (readonly [metric: string, value: number])[] {
  return metrics.flatMap((metric) => {
    const value = figure(record, metric);
    return value === undefined ? [] : [[metric, value] as const];
  });
}
