/** How much memory each engine gives to its cache, by the rule of its version. */
import type { EngineId } from "../../domain/plan.ts";
import { MIB } from "../../units/quantity.ts";
import { isBefore } from "./engine-version.ts";

export interface PoolInput {
  readonly engine: EngineId;
  readonly version: string;
  /** As the driver reports it. */
  readonly capacity: number;
  readonly usable: number;
  readonly weights: number;
  readonly activations: number;
  readonly context: number;
  /** Communicators and all-to-all buffers. */
  readonly communication: number;
  readonly graphs: number;
  /** The plan's own fraction, else the version's default; SGLang's default is computed. */
  readonly fraction: number | undefined;
  readonly defaultFraction: number;
  readonly ranks: number;
  readonly dpAttention: number;
  readonly ep: number;
  readonly chunkedPrefill: number;
  readonly decodeGraphBatch: number;
  readonly speculative: boolean;
}

export interface CachePool {
  /** Negative when what is not cache takes more than the engine's share. */
  readonly bytes: number;
  readonly fraction: number;
}

/**
 * vLLM: a share of the device holds everything but the context.
 *
 *   pool = usable * utilization - weights - communication - activations - graphs (counted since 0.21)
 *
 * Leaves   out when communicators come up: later versions start them before their first look at the
 *          memory and deduct only what grows after it, which no log tells apart.
 * Source   vllm gpu_worker.py determine_available_memory, 0.8 to 0.27
 */
function vllmPool(input: PoolInput): CachePool {
  const fraction = input.fraction ?? input.defaultFraction;
  const counted = isBefore(input.version, "0.21.0") ? 0 : input.graphs;
  const spent = input.weights + input.communication + input.activations + counted;
  return { bytes: input.usable * fraction - spent, fraction };
}

/**
 * SGLang: weights and cache together take the static share of what was free before loading.
 *
 *   pool = freeAfterWeights - freeBeforeLoad * (1 - memFractionStatic)
 *
 * Source   sglang model_runner.py profile_max_num_token; server_args.py
 */
function sglangPool(input: PoolInput): CachePool {
  const fraction = input.fraction ?? sglangFraction(input);
  const freeBeforeLoad = input.usable - input.context - input.communication;
  return { bytes: freeBeforeLoad * fraction - input.weights, fraction };
}

const GRAPH_MIB_PER_REQUEST = 2;
const LARGE_DEVICE = 60 * 1024 * MIB;

/**
 * SGLang's automatic static fraction: what its own table of reserves leaves, in MiB of the device.
 *
 *   reserved = 512 + 1.5 * chunk + ranks / 8 * 1024 + graphs     at least 10,240 on cards above 60 GiB
 *
 * Graphs count 2 a request of the largest captured batch, 3 (above 300 requests 4.5) more per attention
 * group under DP attention, and 1,536 for the prefill graph since 0.5.10. A draft model and an all-to-all
 * take 2,048 each. Before 0.4.8: 0.88, 0.87, 0.85, 0.81, 0.79 for 1, 2, 4, 8, 16 ranks.
 *
 * Source   sglang server_args.py, _handle_gpu_memory_settings
 * Anchor   8 x H200 at TP 8: 0.886: cache-pool.test.ts
 */
export function sglangFraction(input: PoolInput): number {
  if (isBefore(input.version, "0.4.8")) return oldSglangFraction(input.ranks);
  const { dpAttention, decodeGraphBatch } = input;
  const dpGraphs = dpAttention > 1 ? decodeGraphBatch * dpAttention * (decodeGraphBatch > 300 ? 4.5 : 3) : 0;
  const prefillGraph = isBefore(input.version, "0.5.10") ? 0 : 1536;
  const graphs = GRAPH_MIB_PER_REQUEST * decodeGraphBatch + dpGraphs + prefillGraph;
  const parallel = (input.ranks / 8) * 1024;
  const reserved = 512 + 1.5 * Math.max(input.chunkedPrefill, 2048) + parallel + graphs;
  const floor = input.capacity > LARGE_DEVICE ? Math.max(reserved, 10_240) : reserved;
  const allToAll = dpAttention > 1 && input.ep > 1 ? 2048 : 0;
  const draft = input.speculative ? 2048 : 0;
  const mib = input.capacity / MIB;
  return Math.round(((mib - floor - allToAll - draft) / mib) * 1000) / 1000;
}

function oldSglangFraction(ranks: number): number {
  if (ranks >= 16) return 0.79;
  if (ranks >= 8) return 0.81;
  if (ranks >= 4) return 0.85;
  return ranks >= 2 ? 0.87 : 0.88;
}

/**
 * TensorRT-LLM and LMDeploy: a share of what is left once the model is loaded and has run.
 *
 *   pool = fraction * (usable - context - communication - weights - activations)
 */
function freeMemoryPool(input: PoolInput): CachePool {
  const fraction = input.fraction ?? input.defaultFraction;
  const { usable, context, communication, weights, activations, graphs } = input;
  const free = usable - context - communication - weights - activations - graphs;
  return { bytes: free < 0 ? free : free * fraction, fraction };
}

/** Bytes of one rank's cache pool. */
export function cachePool(input: PoolInput): CachePool {
  if (input.engine === "sglang" || input.engine === "ktransformers") return sglangPool(input);
  if (input.engine === "tensorrt-llm" || input.engine === "lmdeploy") return freeMemoryPool(input);
  return vllmPool(input);
}
