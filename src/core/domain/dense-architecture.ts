/** The shape of a dense transformer of today's usual kind: all that its tensor list follows from. */

/** Names llama.cpp's architecture, and with it which tensors a block has. */
export type DenseFamily = "llama" | "qwen2" | "qwen3" | "gemma3" | "phi3" | "smollm3";

export interface DenseArchitecture {
  readonly family: DenseFamily;
  readonly hiddenSize: number; // 4096
  readonly intermediateSize: number; // 12288
  readonly layerCount: number; // 36
  readonly headCount: number; // 32
  /** Key and value heads; `headCount` where every query head has its own. */
  readonly kvHeadCount: number; // 8
  readonly headDim: number; // 128
  readonly vocabularySize: number; // 151936, as the checkpoint pads it
  /** The head is the embedding: one matrix in the file, read as a head. */
  readonly tiedEmbedding: boolean;
  readonly maxContextTokens: number; // 40960
  /** The converter writes a table of rotary factors (Llama 3.1 and later, Phi-4-mini). */
  readonly ropeTable?: number;
  /** Layers that see only a window: all but every `globalEvery`-th. */
  readonly slidingWindow?: { readonly tokens: number; readonly globalEvery: number };
}

/** Elements of keys and values that one token keeps in one layer. */
export function denseKvElementsPerLayer(a: DenseArchitecture): number {
  return 2 * a.kvHeadCount * a.headDim;
}

/** Layers that keep the whole context; the others keep a window. */
export function globalLayerCount(a: DenseArchitecture): number {
  return a.slidingWindow === undefined
    ? a.layerCount
    : Math.floor(a.layerCount / a.slidingWindow.globalEvery);
}
