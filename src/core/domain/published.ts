/** What others published about this model's quantizations, and sizing claims that circulate. */
import type { ModelId, WeightsId } from "./plan.ts";

/** Perplexity of one quantization: lower is better, comparable within one model only. */
export interface PublishedPerplexity {
  readonly model: ModelId;
  /** As the publisher names the mix. */
  readonly recipe: string;
  /** Absent: not a stock type of the catalog. */
  readonly weights?: WeightsId;
  readonly sizeGiB?: number;
  readonly bitsPerWeight?: number;
  readonly perplexity: number;
  readonly plusMinus?: number;
  readonly source: string;
}

export interface PublishedQuality {
  readonly test: { readonly text: string; readonly contextTokens: number; readonly chunks: number };
  readonly rows: readonly PublishedPerplexity[];
}

/** A claim to recompute, never to repeat: whether it holds is the model's answer. */
export interface SizingClaim {
  readonly id: string;
  readonly subject: string;
  readonly text: string;
  /** The figure that the claim names; without `high` it is a floor. */
  readonly stated?: { readonly low: number; readonly high?: number; readonly unit: string };
  /** What the answer turns on. */
  readonly condition?: string;
  readonly source: string;
}
