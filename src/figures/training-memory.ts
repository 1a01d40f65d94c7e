/** Memory columns of a training run: shares of the plot's height by part. */
import type { TrainingRank } from "../core/domain/finetune-estimate.ts";

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

export interface TrainingColumn {
  readonly label: string;
  readonly rank: TrainingRank;
  readonly segments: readonly { readonly part: TrainingPart; readonly from: number; readonly to: number }[];
  /** Where the capacity lies. */
  readonly capacity: number;
}

const MOST_COLUMNS = 16;
const HEADROOM = 1.06;

/** One column a rank, the first sixteen; heights are shares of the tallest of total and capacity. */
export function trainingColumns(ranks: readonly TrainingRank[]): readonly TrainingColumn[] {
  const shown = ranks.slice(0, MOST_COLUMNS);
  const top = Math.max(1, ...shown.map(({ total, capacity }) => Math.max(total, capacity))) * HEADROOM;
  return shown.map((rank) => {
    const parts = trainingParts(rank);
    let at = 0;
    const segments = TRAINING_PARTS.flatMap(({ part }) => {
      const from = at / top;
      at += parts[part];
      return parts[part] > 0 ? [{ part, from, to: at / top }] : [];
    });
    return { label: rank.name.replace(/^GPU /, ""), rank, segments, capacity: rank.capacity / top };
  });
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
