/** Which points the evidence view shows, and what they amount to. */
import type { ErrorStatistics } from "../../../core/domain/measurement.ts";
import { errorStatistics } from "../../../core/evidence/statistics.ts";
import { GIB } from "../../../core/units/quantity.ts";
import { EVIDENCE_CLASSES } from "../../../figures/evidence-classes.ts";
import type { Evidence, EvidenceClass, EvidenceRecord, EvidenceRow } from "../../../../workers/api.ts";

export type PlottedClass = keyof typeof EVIDENCE_CLASSES;
export const PLOTTED = Object.keys(EVIDENCE_CLASSES) as readonly PlottedClass[];

export type QuantityId = "tpot" | "ttft" | "prefill" | "output" | "total" | "memory" | "training";

export interface EvidenceQuantity {
  readonly id: QuantityId;
  readonly name: string;
  readonly short: string;
  readonly unit: string;
  /** What stands above and below the diagonal. */
  readonly above: string;
  readonly below: string;
}

const slow = { above: "predicted too slow", below: "predicted too fast" };
const fast = { above: "predicted too fast", below: "predicted too slow" };

export const QUANTITIES: readonly EvidenceQuantity[] = [
  { id: "tpot", name: "Time per output token", short: "TPOT", unit: "ms", ...slow },
  { id: "ttft", name: "Time to first token", short: "TTFT", unit: "ms", ...slow },
  { id: "prefill", name: "Prompt speed", short: "prompt", unit: "tok/s", ...fast },
  { id: "output", name: "Output speed", short: "output", unit: "tok/s", ...fast },
  { id: "total", name: "Input and total speed", short: "total", unit: "tok/s", ...fast },
  {
    id: "memory",
    name: "Memory",
    short: "memory",
    unit: "GiB",
    above: "predicted too large",
    below: "predicted too small",
  },
  { id: "training", name: "Training speed", short: "training", unit: "tok/s", ...fast },
];

export const quantityOf = (id: QuantityId): EvidenceQuantity =>
  QUANTITIES.find((quantity) => quantity.id === id) ?? (QUANTITIES[0] as EvidenceQuantity);

export interface EvidencePoint {
  readonly record: EvidenceRecord;
  readonly row: EvidenceRow;
  readonly class: PlottedClass;
  readonly quantity: QuantityId;
  readonly measured: number;
  readonly predicted: number;
  readonly low: number;
  readonly high: number;
  /** predicted / measured - 1 */
  readonly error: number;
}

export interface EvidenceFilter {
  readonly quantity: QuantityId;
  readonly hidden: ReadonlySet<EvidenceClass>;
  readonly engine: string | null;
  readonly source: string | null;
}

/** One stream at a time: their speed is the time of a token turned over. */
const SEQUENTIAL: ReadonlySet<EvidenceClass> = new Set(["llamacpp", "host", "apple", "slice"]);

/** Every row of a report that a quantity of the view is made of. */
export function evidencePoints({ records, rows }: Evidence): readonly EvidencePoint[] {
  const byId = new Map(records.map((record) => [record.id, record]));
  const timed = new Set(rows.filter(({ metric }) => metric === "tpotMs").map(({ id }) => id));
  return rows.flatMap((row) => {
    const record = byId.get(row.id);
    if (!record || !isPlotted(record.class)) return [];
    const figures = figuresOf(row, record, timed);
    if (figures === null) return [];
    const error = figures.predicted / figures.measured - 1;
    return [{ record, row, class: record.class, ...figures, error }];
  });
}

const isPlotted = (name: EvidenceClass): name is PlottedClass => name in EVIDENCE_CLASSES;

type Figures = Pick<EvidencePoint, "quantity" | "measured" | "predicted" | "low" | "high">;

function figuresOf(row: EvidenceRow, record: EvidenceRecord, timed: ReadonlySet<string>): Figures | null {
  const { metric, measured, predicted, low, high } = row;
  const scaled = (quantity: QuantityId, by: number): Figures => ({
    quantity,
    measured: measured * by,
    predicted: predicted * by,
    low: low * by,
    high: high * by,
  });
  if (metric === "tpotMs") return scaled("tpot", 1);
  if (metric === "ttftMs") return scaled("ttft", 1);
  if (metric === "decodeTokensPerSecond") {
    if (!SEQUENTIAL.has(record.class) || timed.has(row.id)) return null;
    const turned = (rate: number) => 1e3 / rate;
    return {
      quantity: "tpot",
      measured: turned(measured),
      predicted: turned(predicted),
      low: turned(high),
      high: turned(low),
    };
  }
  if (metric === "prefillTokensPerSecond") return scaled("prefill", 1);
  if (metric.startsWith("outputTokensPerSecond")) return scaled("output", 1);
  if (/^(input|total)TokensPerSecond/.test(metric))
    return scaled(record.class === "training" ? "training" : "total", 1);
  if (/Bytes(PerRank)?$/.test(metric)) return scaled("memory", 1 / GIB);
  return null;
}

/** What engine and source leave, of every quantity and class. */
export function withinSources(
  points: readonly EvidencePoint[],
  { engine, source }: Pick<EvidenceFilter, "engine" | "source">,
): readonly EvidencePoint[] {
  return points.filter(
    ({ record }) =>
      (engine === null || record.engine === engine) && (source === null || record.source === source),
  );
}

export function shownPoints(
  points: readonly EvidencePoint[],
  filter: EvidenceFilter,
): readonly EvidencePoint[] {
  return withinSources(points, filter).filter(
    (point) => point.quantity === filter.quantity && !filter.hidden.has(point.class),
  );
}

export interface ClassRow {
  readonly class: PlottedClass;
  readonly quantity: EvidenceQuantity;
  readonly statistics: ErrorStatistics;
}

const asRow = ({ row, class: name, measured, predicted, low, high }: EvidencePoint) => ({
  id: row.id,
  class: name,
  metric: row.metric,
  measured,
  predicted,
  low,
  high,
  basis: row.basis,
});

export const statisticsOf = (points: readonly EvidencePoint[]): ErrorStatistics | null =>
  points.length === 0 ? null : errorStatistics(points.map(asRow));

/** A row for each class and quantity that has points, in the order of the legend. */
export function classRows(points: readonly EvidencePoint[]): readonly ClassRow[] {
  return PLOTTED.flatMap((name) =>
    QUANTITIES.flatMap((quantity) => {
      const of = points.filter((point) => point.class === name && point.quantity === quantity.id);
      const statistics = statisticsOf(of);
      return statistics === null ? [] : [{ class: name, quantity, statistics }];
    }),
  );
}

/** Furthest off first, a factor too much as far as a factor too little. */
export function largestMisses(points: readonly EvidencePoint[], count: number): readonly EvidencePoint[] {
  const distance = ({ measured, predicted }: EvidencePoint) => Math.abs(Math.log(predicted / measured));
  return points.toSorted((a, b) => distance(b) - distance(a)).slice(0, count);
}

export interface UnpredictedRow {
  readonly class: EvidenceClass;
  readonly records: number;
  /** Facts that they lack, most frequent first. */
  readonly missing: readonly (readonly [fact: string, records: number])[];
}

export function unpredictedRows(
  evidence: Evidence,
  { engine, source }: Pick<EvidenceFilter, "engine" | "source">,
): readonly UnpredictedRow[] {
  const byId = new Map(evidence.records.map((record) => [record.id, record]));
  const groups = new Map<EvidenceClass, { records: number; missing: Map<string, number> }>();
  for (const { id, missing } of evidence.unpredicted) {
    const record = byId.get(id);
    if (!record) continue;
    if (engine !== null && record.engine !== engine) continue;
    if (source !== null && record.source !== source) continue;
    const group = groups.get(record.class) ?? { records: 0, missing: new Map<string, number>() };
    group.records += 1;
    for (const fact of missing) group.missing.set(fact, (group.missing.get(fact) ?? 0) + 1);
    groups.set(record.class, group);
  }
  return [...groups]
    .map(([name, { records, missing }]) => ({
      class: name,
      records,
      missing: [...missing].sort((a, b) => b[1] - a[1]),
    }))
    .sort((a, b) => b.records - a.records);
}
