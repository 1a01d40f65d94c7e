/** How one instance is cut: the group sizes that the operators' shapes follow from. */
import type { StepModelInput } from "../../domain/step-model.ts";

export interface GpuLayout {
  /** Ranks of one pipeline stage. */
  readonly ranks: number;
  readonly attentionTp: number;
  readonly attentionDp: number;
  readonly expertTp: number;
  readonly expertRanks: number;
  /** Shards of the shared expert and the dense layers: none under data-parallel attention. */
  readonly ffnShards: number;
  /** Attention heads of one rank. */
  readonly heads: number;
  readonly contextShards: number;
  readonly stages: number;
  /** Longest stage over the mean one: uneven layers hold the pipeline up. */
  readonly stageImbalance: number;
  /** Draft tokens of one step of multi-token prediction. */
  readonly draftTokens: number;
}

export function gpuLayout(input: StepModelInput): GpuLayout {
  const { architecture, tp, pp, dpAttention, ep, dcp, options, speculative } = input;
  const attentionTp = Math.max(1, tp / dpAttention);
  const layers = architecture.layerCount;
  return {
    ranks: tp,
    attentionTp,
    attentionDp: dpAttention,
    expertTp: options.moeTp ?? Math.max(1, tp / ep),
    expertRanks: ep,
    ffnShards: dpAttention > 1 ? 1 : tp,
    heads: architecture.headCount / attentionTp,
    contextShards: dcp,
    stages: pp,
    stageImbalance: (Math.ceil(layers / pp) * pp) / layers,
    draftTokens: speculative === "off" ? 0 : Number(speculative.slice(3)),
  };
}
