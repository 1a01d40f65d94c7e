/** A student's file on a device: whether it fits, how long a context beside it, how fast it answers. */
import {
  denseKvElementsPerLayer,
  globalLayerCount,
  type DenseArchitecture,
} from "../../domain/dense-architecture.ts";
import type { EdgeEstimate, EdgeFile, EdgeRow } from "../../domain/distill-estimate.ts";
import type { EdgeCacheType } from "../../domain/distill-plan.ts";
import type { Infeasible } from "../../domain/infeasible.ts";
import type { Ranged } from "../../domain/provenance.ts";
import type { EdgeDevice, EdgeProcessor, StudentFacts } from "../../domain/student.ts";
import type { GgufFileType } from "../../domain/tensor.ts";
import { cachedByArchitecture } from "../../tensors/cached.ts";
import { quantizeDense } from "../../tensors/dense-gguf.ts";
import { countDenseParameters } from "../../tensors/dense-tensors.ts";
import { GGUF_FILE_TYPES, GGUF_MIXES } from "../../tensors/gguf-mixes.ts";
import { formatCount, formatFileSize } from "../../units/format.ts";

const CACHE_BYTES: Readonly<Record<EdgeCacheType, number>> = { f16: 2, q8_0: 34 / 32, q4_0: 18 / 32 };

/** The tokenizer and the list of tensors in front of the data. */
const HEADER_BYTES = 10e6;
/** Compute buffer of llama.cpp with its default batch of 512: 32-bit logits and two layers' activations. */
const BATCH_TOKENS = 512;

interface Sizes {
  /** All tensors. */
  readonly bytes: number;
  /** Of them what one token reads: all but an embedding that is only looked up. */
  readonly read: number;
}

const cached = cachedByArchitecture<Sizes, DenseArchitecture>();

function sizesOf(a: DenseArchitecture, type: GgufFileType, imatrix: boolean): Sizes {
  return cached(a, `${type} ${imatrix}`, () => {
    const tensors = quantizeDense(a, type, imatrix);
    const bytes = tensors.reduce((sum, tensor) => sum + tensor.bytes, 0);
    const embedding = tensors.find(({ name }) => name === "token_embd.weight")?.bytes ?? 0;
    return { bytes, read: bytes - (a.tiedEmbedding ? 0 : embedding) };
  });
}

/** Size of one type; a tensor's bytes are exact, the header is not counted. */
export function edgeFile(a: DenseArchitecture, type: GgufFileType, imatrix: boolean): EdgeFile {
  const { bytes } = sizesOf(a, type, imatrix);
  const bitsPerWeight = (8 * bytes) / countDenseParameters(a).total;
  return { type, bytes, bitsPerWeight, needsImatrix: GGUF_MIXES[type].needsImatrix ?? false };
}

/** Every type that makes a file of its own for a dense model, largest first. */
export function edgeFiles(a: DenseArchitecture, imatrix: boolean): EdgeFile[] {
  return GGUF_FILE_TYPES.filter((type) => type !== "MXFP4_MOE")
    .map((type) => edgeFile(a, type, imatrix))
    .sort((x, y) => y.bytes - x.bytes);
}

/**
 * Bytes of the cache for a context.
 *
 *   2 × kv heads × head dim × bytes × (global layers × tokens + windowed layers × min(tokens, window))
 */
export function edgeCacheBytes(a: DenseArchitecture, tokens: number, cache: EdgeCacheType): number {
  const perLayer = denseKvElementsPerLayer(a) * CACHE_BYTES[cache];
  const whole = globalLayerCount(a);
  const windowed = a.layerCount - whole;
  const window = Math.min(tokens, a.slidingWindow?.tokens ?? tokens);
  return perLayer * (whole * tokens + windowed * window);
}

function computeBytes(a: DenseArchitecture): number {
  const logits = 4 * a.vocabularySize;
  const widest = 4 * (2 * a.hiddenSize + 2 * a.intermediateSize + a.headCount * a.headDim);
  return BATCH_TOKENS * widest + Math.min(BATCH_TOKENS, 64) * logits + 64 * 2 ** 20;
}

interface Speed {
  /** Share of the memory's rate at which weights are read. */
  readonly efficiency: number;
  /** Seconds a layer besides: launches, attention, sampling. */
  readonly layer: number;
  readonly low: number;
  readonly high: number;
  readonly basis: Ranged["basis"];
}

/**
 * Fitted on published runs of llama.cpp (planner-data/students/speeds.json), one pair of numbers a kind of
 * processor; intervals hold four of five devices that were left out. Two phones are too few for more than a guess.
 */
export const EDGE_SPEEDS: Readonly<Record<EdgeProcessor, Speed>> = {
  cuda: { efficiency: 0.77, layer: 3e-5, low: 0.87, high: 1.16, basis: "calibrated" },
  metal: { efficiency: 0.83, layer: 1.5e-4, low: 0.82, high: 1.15, basis: "calibrated" },
  vulkan: { efficiency: 0.79, layer: 4e-5, low: 0.75, high: 1.2, basis: "extrapolated" },
  cpu: { efficiency: 0.55, layer: 0, low: 0.58, high: 1.3, basis: "calibrated" },
  "phone-gpu": { efficiency: 0.71, layer: 1.5e-4, low: 0.5, high: 1.25, basis: "extrapolated" },
};

/** Bytes of weights that one token reads: all but the embedding, which is looked up. */
export const readBytes = (a: DenseArchitecture, type: GgufFileType, imatrix: boolean): number =>
  sizesOf(a, type, imatrix).read;

/** Seconds of one token on a kind of processor, before what its own device was seen to do. */
export function tokenSeconds(device: EdgeDevice, layers: number, bytes: number): number {
  const { efficiency, layer } = EDGE_SPEEDS[device.processor];
  return bytes / (device.memoryBandwidth.value * efficiency) + layers * layer;
}

/** Measured over predicted seconds on this very device: the mean of what was published; 1 where nothing was. */
export function deviceCorrection(device: EdgeDevice, facts: StudentFacts): { factor: number; runs: number } {
  const logs = facts.edgeMeasurements
    .filter((row) => row.device === device.id)
    .flatMap(({ student, type, tokensPerSecond }) => {
      const a = facts.students.get(student)?.architecture;
      if (a === undefined) return [];
      return [Math.log(1 / tokensPerSecond / tokenSeconds(device, a.layerCount, readBytes(a, type, true)))];
    });
  if (logs.length === 0) return { factor: 1, runs: 0 };
  return { factor: Math.exp(logs.reduce((sum, x) => sum + x, 0) / logs.length), runs: logs.length };
}

/** Of one device that was measured: what other models on it lay off. */
const MEASURED_SPREAD = 0.12;

function speedOn(device: EdgeDevice, seconds: number, factor: number, runs: number): Ranged {
  const value = 1 / (seconds * factor);
  if (runs > 0)
    return {
      value,
      low: value * (1 - MEASURED_SPREAD),
      high: value * (1 + MEASURED_SPREAD),
      basis: "interpolated",
    };
  const { low, high, basis } = EDGE_SPEEDS[device.processor];
  return { value, low: value * low, high: value * high, basis };
}

export interface EdgeAsk {
  readonly architecture: DenseArchitecture;
  readonly type: GgufFileType;
  readonly imatrix: boolean;
  readonly contextTokens: number;
  readonly cache: EdgeCacheType;
}

/** Tokens of context that fit, by halving: the cache grows with them, windows apart. */
function fittingContext(a: DenseArchitecture, room: number, cache: EdgeCacheType): number {
  if (room <= 0) return 0;
  let low = 0;
  let high = a.maxContextTokens;
  if (edgeCacheBytes(a, high, cache) <= room) return high;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (edgeCacheBytes(a, middle, cache) <= room) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * One device.
 *
 *   needed    file + cache of the asked context + compute buffer
 *   tokens/s  1 / ((weights + half the context's cache) / (bandwidth × e) + layers × overhead)
 *
 * Source   geerling-ai-benchmarks and others, see speeds.json
 * Anchor   median error of devices left out: edge.test.ts
 */
export function edgeRow(device: EdgeDevice, ask: EdgeAsk, facts: StudentFacts): EdgeRow {
  const { architecture: a, type, imatrix, contextTokens, cache } = ask;
  const fixed = edgeFile(a, type, imatrix).bytes + HEADER_BYTES + computeBytes(a);
  const usableBytes = device.usableMemory.value;
  const neededBytes = fixed + edgeCacheBytes(a, contextTokens, cache);
  const fitting = fittingContext(a, usableBytes - fixed, cache);
  const { factor, runs } = deviceCorrection(device, facts);
  const bytes = readBytes(a, type, imatrix) + edgeCacheBytes(a, contextTokens / 2, cache);
  return {
    device: device.id,
    name: device.name,
    kind: device.kind,
    usableBytes,
    neededBytes,
    fits: neededBytes <= usableBytes && contextTokens <= a.maxContextTokens,
    contextTokens: fitting,
    tokensPerSecond:
      fitting > 0 ? speedOn(device, tokenSeconds(device, a.layerCount, bytes), factor, runs) : null,
  };
}

/** Why the student does not run on its device: the context that is asked, or the memory that is missing. */
export function tooBigForDevice({ chosen, file, contextTokens }: EdgeEstimate): Infeasible {
  const over = chosen.neededBytes - chosen.usableBytes;
  const held =
    chosen.contextTokens === 0
      ? "the weights alone do not fit"
      : `${formatCount(chosen.contextTokens)} tokens of context would`;
  if (over <= 0)
    return {
      kind: "context",
      path: "edge.contextTokens",
      message: `The student reads at most ${formatCount(chosen.contextTokens)} tokens, and ${formatCount(contextTokens)} are asked.`,
    };
  return {
    kind: "memory-weights",
    rank: chosen.name,
    needed: chosen.neededBytes,
    capacity: chosen.usableBytes,
    message: `${chosen.name} is short of ${formatFileSize(over)}: ${file.type} with its context needs ${formatFileSize(chosen.neededBytes)} of ${formatFileSize(chosen.usableBytes)}; ${held}.`,
  };
}
