/** How a run is cut: stages, and what one rank of each stores. */
import type { MlaArchitecture } from "../../domain/architecture.ts";
import { dataParallelRanks, type FinetunePlan } from "../../domain/finetune-plan.ts";
import { acceleratorsOf } from "../../domain/plan.ts";
import { splitLayers } from "../../tensors/split-layers.ts";
import type { LayerAdapters } from "./adapters.ts";
import { BASE_BYTES, modelParameters, PLAIN_BYTES } from "./base-weights.ts";

export interface Cut {
  readonly accelerators: number;
  /** Data-parallel ranks of dense weights, and of one expert. */
  readonly dp: number;
  readonly expertDp: number;
  /** Micro-batches of one step that one pipeline takes. */
  readonly microBatches: number;
  /** Tokens of one micro-batch on one rank. */
  readonly tokens: number;
}

export function cutOf({ cluster, layout, training }: FinetunePlan): Cut {
  const accelerators = acceleratorsOf(cluster);
  const dp = dataParallelRanks({ cluster, layout });
  return {
    accelerators,
    dp,
    expertDp: accelerators / (layout.pp * layout.ep),
    microBatches: Math.max(1, training.globalBatch / (dp * training.microBatch)),
    tokens: (training.microBatch * training.sequenceTokens) / (layout.cp * layout.tp),
  };
}

/** One pipeline stage's share on one rank: parameters, and what of them the base's format quantizes. */
export interface StageShare {
  readonly denseLayers: number;
  readonly moeLayers: number;
  readonly experts: number;
  readonly dense: number;
  readonly quantizable: number;
  readonly adapters: LayerAdapters;
}

/** Shares by stage, before data-parallel ranks share anything out. */
export function stageShares(
  a: MlaArchitecture,
  plan: FinetunePlan,
  adapters: readonly LayerAdapters[],
): readonly StageShare[] {
  const { tp, pp, ep } = plan.layout;
  const { layers, embedding, head } = modelParameters(a);
  const expertRanks = ep > 1 ? ep : tp;
  let at = 0;
  return splitLayers(a.layerCount, pp, "vllm").map((count, stage) => {
    const mine = layers.slice(at, at + count);
    const carried = adapters.slice(at, at + count);
    const denseLayers = Math.max(0, Math.min(a.denseLayerCount, at + count) - at);
    at += count;
    const ends = (stage === 0 ? embedding : 0) + (stage === pp - 1 ? head : 0);
    const sum = (pick: (layer: (typeof mine)[number]) => number) =>
      mine.reduce((total, layer) => total + pick(layer), 0);
    return {
      denseLayers,
      moeLayers: count - denseLayers,
      experts: sum(({ experts }) => experts) / expertRanks,
      dense: sum(({ dense, sharded }) => dense - sharded + sharded / tp) + ends / tp,
      quantizable: sum(({ matrices, sharded, dense }) =>
        Math.max(0, matrices - (matrices * sharded) / dense + (matrices * sharded) / dense / tp),
      ),
      adapters: {
        dense: carried.reduce((total, layer) => total + layer.dense, 0),
        routed: carried.reduce((total, layer) => total + layer.routed, 0) / expertRanks,
      },
    };
  });
}

export interface StoredShare {
  readonly experts: number;
  readonly dense: number;
}

/** Bytes of a stage's base weights on one rank; experts on the host are none of it. */
export function storedBase(plan: FinetunePlan, share: StageShare, accelerators: number): StoredShare {
  // Training in FP8 keeps the weights themselves in BF16: the format is that of the products.
  const bytes = plan.method === "full" ? PLAIN_BYTES : BASE_BYTES[plan.base];
  const onHost = plan.layout.experts === "cpu";
  const ranks = plan.layout.sharding === "full" ? accelerators : 1;
  const quantized = onHost ? PLAIN_BYTES : bytes;
  const dense = share.quantizable * quantized + (share.dense - share.quantizable) * PLAIN_BYTES;
  const away = plan.layout.offload === "parameters";
  return {
    experts: onHost || away ? 0 : (share.experts * bytes) / ranks,
    dense: away ? 0 : dense / ranks,
  };
}
