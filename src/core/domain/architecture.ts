/** The shape of a DeepSeek-V3 model: all that the tensor list follows from. */
export interface MlaArchitecture {
  readonly hiddenSize: number; // 7168
  readonly vocabularySize: number; // 129280
  readonly layerCount: number; // 61, the MTP layer not counted
  readonly denseLayerCount: number; // 3, the first ones
  readonly mtpLayerCount: number; // 1, layer 61 in the checkpoint
  readonly denseIntermediateSize: number; // 18432
  readonly expertIntermediateSize: number; // 2048
  readonly routedExpertCount: number; // 256
  readonly sharedExpertCount: number; // 1
  readonly expertsPerToken: number; // 8
  readonly headCount: number; // 128
  readonly queryLoraRank: number; // 1536
  readonly kvLoraRank: number; // 512
  readonly ropeHeadDim: number; // 64
  readonly nopeHeadDim: number; // 128
  readonly valueHeadDim: number; // 128
  readonly maxContextTokens: number; // 163840
  /** Sparse attention (V3.2): a small indexer scores all tokens, the core attends to the best of them. */
  readonly indexer?: Indexer;
}

export interface Indexer {
  readonly headCount: number; // 64
  readonly headDim: number; // 128
  readonly attendedTokens: number; // 2048
}

/** MoE layers of the main model. */
export function moeLayerCount(a: MlaArchitecture): number {
  return a.layerCount - a.denseLayerCount;
}

/** Elements of the compressed cache per token and layer: latent plus rotary key. */
export function kvElementsPerTokenLayer(a: MlaArchitecture): number {
  return a.kvLoraRank + a.ropeHeadDim;
}
