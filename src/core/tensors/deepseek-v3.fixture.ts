/** The published shape of DeepSeek-V3, for tests that need no catalog. Source: deepseek-ai/DeepSeek-V3 config.json. */
import type { MlaArchitecture } from "../domain/architecture.ts";

export const DEEPSEEK_V3: MlaArchitecture = {
  hiddenSize: 7168,
  vocabularySize: 129280,
  layerCount: 61,
  denseLayerCount: 3,
  mtpLayerCount: 1,
  denseIntermediateSize: 18432,
  expertIntermediateSize: 2048,
  routedExpertCount: 256,
  sharedExpertCount: 1,
  expertsPerToken: 8,
  headCount: 128,
  queryLoraRank: 1536,
  kvLoraRank: 512,
  ropeHeadDim: 64,
  nopeHeadDim: 128,
  valueHeadDim: 128,
  maxContextTokens: 163840,
};

/** With the indexer of DeepSeek-V3.2's config.json. */
export const DEEPSEEK_V32: MlaArchitecture = {
  ...DEEPSEEK_V3,
  indexer: { headCount: 64, headDim: 128, attendedTokens: 2048 },
};
