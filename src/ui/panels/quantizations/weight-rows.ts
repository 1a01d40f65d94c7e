/** Every weight format as a plan on this cluster, in two families. */
import type { Plan } from "../../../core/domain/plan.ts";
import type { PublishedPerplexity, PublishedQuality } from "../../../core/domain/published.ts";
import type { Directory, WeightsAnswer } from "../../../../workers/api.ts";
import { withWeights } from "../../plan/adapt-plan.ts";

export interface WeightRow {
  readonly id: string;
  readonly plan: Plan;
  readonly family: "safetensors" | "gguf";
  readonly current: boolean;
  /** Kept behind "all": legacy types and in-between sizes. */
  readonly lesser: boolean;
}

/** GGUF types that show the range; the rest differ from a neighbour by a tenth of a bit. */
const FIRST_GGUF: ReadonlySet<string> = new Set(
  ["BF16", "Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "IQ4_XS", "Q3_K_M", "Q2_K", "IQ2_XXS", "IQ1_S"].map(
    (type) => `gguf:${type}`,
  ),
);
const CUSTOM = "gguf:custom";

/** A format that no file size is known of is offered only where the plan has it. */
export function weightRows(plan: Plan, directory: Directory): readonly WeightRow[] {
  return directory.weights
    .filter(({ id }) => id !== CUSTOM || plan.weights === CUSTOM)
    .map(({ id, family }) => ({
      id,
      family,
      plan: id === plan.weights ? plan : withWeights(plan, id, directory),
      current: id === plan.weights,
      lesser: family === "gguf" && !FIRST_GGUF.has(id) && id !== plan.weights,
    }));
}

/** Largest first; what has no size last. */
export function bySize(
  rows: readonly WeightRow[],
  answers: ReadonlyMap<string, WeightsAnswer>,
): readonly WeightRow[] {
  const size = ({ id }: WeightRow) => answers.get(id)?.bytes ?? 0;
  return rows.toSorted((a, b) => size(b) - size(a));
}

export interface Quality {
  readonly row: PublishedPerplexity;
  /** Against the model's own Q8_0, the nearest to unquantized that anybody published; null where that lacks. */
  readonly loss: number | null;
}

const REFERENCE = "gguf:Q8_0";

function lossOf(row: PublishedPerplexity, quality: PublishedQuality): number | null {
  const reference = quality.rows.find((of) => of.model === row.model && of.weights === REFERENCE);
  return reference === undefined ? null : row.perplexity / reference.perplexity - 1;
}

/** Perplexity of a stock format of this very model. */
export function publishedQuality(quality: PublishedQuality, model: string, weights: string): Quality | null {
  const row = quality.rows.find((of) => of.model === model && of.weights === weights);
  return row === undefined ? null : { row, loss: lossOf(row, quality) };
}

/** Published mixes that are no stock type, this model's first, then best first. */
export function publishedMixes(quality: PublishedQuality, model: string): readonly Quality[] {
  return quality.rows
    .filter(({ weights }) => weights === undefined)
    .toSorted(
      (a, b) =>
        Number(b.model === model) - Number(a.model === model) ||
        a.model.localeCompare(b.model) ||
        a.perplexity - b.perplexity,
    )
    .map((row) => ({ row, loss: lossOf(row, quality) }));
}

/** The part of a reason that fits a row: its first clause. */
export function shortReason(reason: string | null): string {
  if (reason === null) return "It does not fit.";
  const clause = reason.split(/: |\. |, and /)[0] ?? reason;
  return clause.endsWith(".") ? clause : `${clause}.`;
}
