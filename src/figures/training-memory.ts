/** Memory columns of a training run: shares of the plot's height by part. */
import type { TrainingRank } from "../core/domain/finetune-estimate.ts";
import { GIB } from "../core/units/quantity.ts";
import { axisTicks, type Tick } from "./ticks.ts";

export const TRAINING_PARTS = [
  { part: "experts", name: "Routed experts" },
  { part: "dense", name: "Attention, dense" },
  { part: "gathered", name: "Gathered to use" },
  { part: "trained", name: "Trained, Adam" },
  { part: "act", name: "Activations" },
  { part: "runtime", name: "Runtime" },
] as const;
export type TrainingPart = (typeof TRAINING_PARTS)[number]["part"];

/** Bytes by drawn part; they sum to the rank's total. */
export function trainingParts(rank: TrainingRank): Readonly<Record<TrainingPart, number>> {
  return {
    experts: rank.experts,
    dense: rank.dense,
    gathered: rank.gathered,
    trained: rank.adapters + rank.gradients + rank.optimizer,
    act: rank.activations + rank.logits,
    runtime: rank.communication + rank.runtime + rank.fragmentation,
  };
}

export type TrainingSegmentPart = TrainingPart | "free" | "over";

export interface TrainingSegment {
  readonly part: TrainingSegmentPart;
  readonly bytes: number;
  readonly from: number;
  readonly to: number;
}

export interface TrainingColumn {
  readonly label: string;
  readonly rank: TrainingRank;
  readonly segments: readonly TrainingSegment[];
  /** Where the capacity lies. */
  readonly capacity: number;
}

export interface TrainingColumns {
  readonly columns: readonly TrainingColumn[];
  readonly ticks: readonly Tick[];
  /** Of the last column, from the top down. */
  readonly labels: readonly {
    readonly part: TrainingSegmentPart | "capacity";
    readonly bytes: number;
    readonly at: number;
  }[];
}

const MOST_COLUMNS = 16;
const HEADROOM = 1.055;

/** Parts fill a column up to its capacity; what is left is free, what goes beyond does not fit. */
function stack(rank: TrainingRank, top: number): TrainingSegment[] {
  const parts = trainingParts(rank);
  const segments: TrainingSegment[] = [];
  let at = 0;
  for (const { part } of TRAINING_PARTS) {
    const to = Math.min(at + parts[part], rank.capacity);
    if (to > at) segments.push({ part, bytes: parts[part], from: at / top, to: to / top });
    at = to;
  }
  const over = rank.total - rank.capacity;
  if (over > 0) segments.push({ part: "over", bytes: over, from: at / top, to: rank.total / top });
  else if (over < 0) segments.push({ part: "free", bytes: -over, from: at / top, to: rank.capacity / top });
  return segments;
}

/** One column a rank, the first sixteen; heights are shares of the tallest of total and capacity. */
export function trainingColumns(ranks: readonly TrainingRank[]): TrainingColumns {
  const shown = ranks.slice(0, MOST_COLUMNS);
  const top = Math.max(1, ...shown.map(({ total, capacity }) => Math.max(total, capacity))) * HEADROOM;
  const columns = shown.map((rank) => ({
    label: rank.name.replace(/^GPU /, ""),
    rank,
    segments: stack(rank, top),
    capacity: rank.capacity / top,
  }));
  const last = columns.at(-1);
  const labels = last
    ? [
        { part: "capacity" as const, bytes: last.rank.capacity, at: last.capacity },
        ...last.segments.map(({ part, bytes, from, to }) => ({ part, bytes, at: (from + to) / 2 })),
      ]
    : [];
  return { columns, ticks: axisTicks(top / GIB), labels: labels.sort((a, b) => b.at - a.at) };
}

/** The figure's finding: the largest part of the fullest rank, and what training itself takes. */
export function trainingFinding(ranks: readonly TrainingRank[], gib: (bytes: number) => string): string {
  const fullest = ranks.reduce<TrainingRank | undefined>(
    (worst, rank) => (worst === undefined || rank.total > worst.total ? rank : worst),
    undefined,
  );
  if (!fullest) return "Memory is unknown.";
  const parts = trainingParts(fullest);
  const largest = TRAINING_PARTS.reduce((best, row) => (parts[row.part] > parts[best.part] ? row : best));
  const share = Math.round((100 * parts[largest.part]) / fullest.total);
  const trained = largest.part === "trained" ? "" : `; everything trained is ${gib(parts.trained)} GiB`;
  return `${largest.name} take ${share} % of the fullest rank${trained}.`;
}
