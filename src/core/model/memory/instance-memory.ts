/** Memory of one serving instance that is cut by tensor, expert, data and pipeline parallelism. */
import type { RankMemory } from "../../domain/estimate.ts";
import type { Plan } from "../../domain/plan.ts";
import { kvBytesPerTokenLayer } from "../../tensors/kv-cache.ts";
import { shardWeights, type RankWeights } from "../../tensors/shard-weights.ts";
import { activationPeak } from "./activation-peak.ts";
import { cachePool, type CachePool, type PoolInput } from "./cache-pool.ts";
import { isBefore } from "./engine-version.ts";
import type { DeviceMemory, MemoryFacts } from "./memory-facts.ts";
import { ALL_TO_ALL, COMMUNICATORS, CONTEXT, GRAPHS, VLLM_V0 } from "./memory-parameters.ts";
import { weightTotals } from "../../tensors/weight-totals.ts";
import { chunkOfRank, DEFAULT_CHUNK_TOKENS } from "../step/engine-defaults.ts";
import { absorbedByMatrix } from "./vllm-v0.ts";
import { usersThatFit, workloadTokens, type WorkloadTokens } from "./workload-tokens.ts";
import { MIB } from "../../units/quantity.ts";

export interface Instance {
  /** Before the rank's number: "" or "Prefill " or "Decode ". */
  readonly prefix: string;
  readonly tp: number;
  readonly pp: number;
  readonly dpAttention: number;
  readonly ep: number;
  readonly dcp: number;
  /** Copies of this instance that share the workload. */
  readonly replicas: number;
  /** A prefill instance keeps prompts only while it works on them. */
  readonly holdsWholeRequests: boolean;
}

export interface InstanceMemory {
  readonly ranks: readonly RankMemory[];
  /** Over all attention groups of one copy. */
  readonly tokens: number;
  readonly tokensNeeded: number;
  readonly users: number;
  readonly perGroup: { readonly tokens: number; readonly need: WorkloadTokens; readonly users: number };
  readonly weightsBytes: number;
}

interface Stage {
  readonly weights: RankWeights;
  readonly extraWeights: number;
  readonly activations: number;
  readonly runtime: number;
  readonly pool: CachePool;
  readonly kvBytesPerToken: number;
}

const isOldVllm = (plan: Plan, facts: MemoryFacts): boolean =>
  plan.engine === "vllm" && isBefore(facts.version, "0.8.0");

/** One rank's cache bytes of one token: the layers of its stage, MTP layer on the last. */
function stageKvBytes(plan: Plan, facts: MemoryFacts, weights: RankWeights, isLast: boolean): number {
  const { architecture } = facts.model;
  const layers = weights.layerCount + (plan.speculative !== "off" && isLast ? architecture.mtpLayerCount : 0);
  const perLayer = kvBytesPerTokenLayer(architecture, facts.kvCache);
  // vLLM before 0.8 padded a token's 576 elements to 640 for aligned loads.
  return layers * perLayer * (isOldVllm(plan, facts) ? 640 / 576 : 1);
}

function groupedGemm(plan: Plan, facts: MemoryFacts, device: DeviceMemory): boolean {
  if (plan.weights !== "fp8" || !device.accelerator.nativeFp8) return false;
  return plan.engine === "vllm" && !isBefore(facts.version, "0.11.0");
}

/** Prompt tokens that one rank runs through at once: SGLang shares its chunk out over the ranks of its attention. */
export function chunkTokens(
  plan: Plan,
  facts: MemoryFacts,
  instance: { readonly dpAttention: number },
): number {
  return chunkOfRank(plan.engine, chunkedPrefill(plan, facts), instance.dpAttention);
}

export function chunkedPrefill(plan: Plan, facts: MemoryFacts): number {
  const { tier, defaults } = facts;
  const chunk = plan.options.chunkedPrefill ?? tier?.chunkedPrefill?.value ?? defaults.chunkedPrefill?.value;
  return chunk ?? DEFAULT_CHUNK_TOKENS;
}

/** Most requests that one attention group runs at once; absent where the engine sets no limit of its own. */
export function maxRunningRequests(plan: Plan, facts: MemoryFacts): number | undefined {
  const { tier, defaults } = facts;
  return (
    plan.options.maxRunningRequests ?? tier?.maxRunningRequests?.value ?? defaults.maxRunningRequests?.value
  );
}

/**
 * Largest batch for which SGLang captures a decode graph. Its default grows the reserve of its own fraction
 * with the attention groups until nothing is left (512 x 64 groups x 4.5 MiB), so that nobody starts DP
 * attention without the flag: there it is the batch that the kit passes, the requests of one group.
 */
function decodeGraphBatch(plan: Plan, facts: MemoryFacts, instance: Instance): number {
  const { tier } = facts;
  const engineDefault =
    (instance.tp >= 4 ? tier?.decodeGraphBatchTp4?.value : tier?.decodeGraphBatch?.value) ?? 160;
  if (instance.dpAttention === 1) return engineDefault;
  const running = plan.options.maxRunningRequests ?? plan.workload.concurrency;
  if (running === undefined) return engineDefault;
  return Math.min(engineDefault, Math.ceil(running / (instance.replicas * instance.dpAttention)));
}

function activationsOf(plan: Plan, facts: MemoryFacts, device: DeviceMemory, instance: Instance): number {
  if (isOldVllm(plan, facts)) return VLLM_V0.activations.bytes;
  return activationPeak({
    architecture: facts.model.architecture,
    tokens: chunkTokens(plan, facts, instance),
    tp: instance.tp,
    dpAttention: instance.dpAttention,
    ep: instance.ep,
    logitRows: Math.min(maxRunningRequests(plan, facts) ?? 512, 1024),
    groupedGemm: groupedGemm(plan, facts, device),
  });
}

interface Overheads {
  readonly context: number;
  readonly communication: number;
  readonly graphs: number;
}

function overheadsOf(plan: Plan, facts: MemoryFacts, instance: Instance): Overheads {
  if (isOldVllm(plan, facts)) {
    const { nonTorch, graphs } = VLLM_V0;
    return { context: 0, communication: nonTorch.bytes, graphs: graphs.bytes };
  }
  const { tp, pp, dpAttention, ep } = instance;
  const allToAll = dpAttention > 1 && ep > 1 ? ALL_TO_ALL.bytes : 0;
  const graphs = plan.engine === "sglang" ? 2 * MIB * decodeGraphBatch(plan, facts, instance) : GRAPHS.bytes;
  return {
    context: CONTEXT.bytes,
    communication: (tp * pp > 1 ? COMMUNICATORS.bytes : 0) + allToAll,
    graphs,
  };
}

function estimateStage(
  plan: Plan,
  facts: MemoryFacts,
  device: DeviceMemory,
  instance: Instance,
  weights: RankWeights,
): Stage {
  const activations = activationsOf(plan, facts, device, instance);
  const overheads = overheadsOf(plan, facts, instance);
  const extraWeights = isOldVllm(plan, facts)
    ? absorbedByMatrix(facts.model.architecture, weights, instance.tp)
    : 0;
  const input: PoolInput = {
    engine: plan.engine,
    version: facts.version,
    capacity: device.capacity,
    usable: device.usable,
    weights: weights.total + extraWeights,
    activations,
    ...overheads,
    fraction: plan.options.memFraction,
    defaultFraction: facts.defaults.memFraction.value,
    ranks: instance.tp * instance.pp,
    dpAttention: instance.dpAttention,
    ep: instance.ep,
    chunkedPrefill: chunkedPrefill(plan, facts),
    decodeGraphBatch: decodeGraphBatch(plan, facts, instance),
    speculative: plan.speculative !== "off",
  };
  const { context, communication, graphs } = overheads;
  return {
    weights,
    extraWeights,
    activations,
    runtime: device.capacity - device.usable + context + communication + graphs,
    pool: cachePool(input),
    kvBytesPerToken: stageKvBytes(plan, facts, weights, weights.stage === instance.pp - 1),
  };
}

/** Whole blocks of every stage's pool; the smallest stage decides, and decode-context ranks share a cache. */
function tokensPerGroup(stages: readonly Stage[], block: number, dcp: number): number {
  let fewest = Infinity;
  for (const { pool, kvBytesPerToken } of stages) {
    fewest = Math.min(fewest, Math.floor(pool.bytes / (kvBytesPerToken * block)));
  }
  return Math.max(0, fewest) * block * dcp;
}

function rankMemory(
  name: string,
  stage: Stage,
  capacity: number,
  needed: number,
  starts: boolean,
): RankMemory {
  const { weights, extraWeights, activations, runtime, pool } = stage;
  const bytes = weights.total + extraWeights;
  const kvCache = starts ? pool.bytes : needed;
  return {
    name,
    kind: "accelerator",
    weights: bytes,
    weightsByGroup: { routedExperts: weights.routedExperts, other: bytes - weights.routedExperts },
    kvCache,
    kvCacheNeeded: needed,
    activations,
    runtime,
    total: bytes + kvCache + activations + runtime,
    capacity,
    spare: pool.bytes - needed,
  };
}

/**
 * Memory of every rank of one instance, and the tokens that its caches hold.
 *
 *   tokens = attention groups * dcp * min over stages floor(pool / (kvBytesPerToken * block)) * block
 *
 * The latent cache is whole on every TP rank of an attention group, so only DP attention, decode-context
 * parallelism and pipeline stages (fewer layers each) make room for more tokens. A rank that cannot hold
 * one request shows the cache that the workload needs instead of the pool.
 *
 * Per      copy of the instance.
 * Leaves   block tables and the scheduler's own buffers (tens of MiB).
 * Anchor   vLLM 0.12, 8 x H200, TP 8: 635,648 tokens in the log: memory-logs.test.ts
 */
export function estimateInstance(
  plan: Plan,
  facts: MemoryFacts,
  device: DeviceMemory,
  instance: Instance,
): InstanceMemory {
  const mtpLayer = plan.speculative !== "off";
  const shards = shardWeights(facts.model.architecture, plan.weights, instance, {
    engine: plan.engine,
    mtpLayer,
  });
  const stages: Stage[] = [];
  for (let stage = 0; stage < instance.pp; stage++) {
    const shard = shards[stage * instance.tp];
    if (shard) stages.push(estimateStage(plan, facts, device, instance, shard));
  }
  const block = facts.defaults.kvBlockTokens.value;
  const groups = instance.dpAttention;
  const workload = instance.holdsWholeRequests
    ? plan.workload
    : { ...plan.workload, outputTokens: 0, concurrency: 1 };
  const need = workloadTokens(workload, groups * instance.replicas, block);
  const tokens = tokensPerGroup(stages, block, instance.dcp);
  const users = usersThatFit(tokens, need);
  const ranks: RankMemory[] = [];
  for (const stage of stages) {
    const held = Math.ceil(need.total / instance.dcp / block) * block;
    const needed = held * stage.kvBytesPerToken;
    const first = rankMemory("", stage, device.capacity, needed, users > 0);
    for (let i = 0; i < instance.tp; i++) {
      ranks.push({ ...first, name: `${instance.prefix}GPU ${ranks.length}` });
    }
  }
  return {
    ranks,
    tokens: tokens * groups,
    tokensNeeded: need.total * groups,
    users: users * groups,
    perGroup: { tokens, need, users },
    weightsBytes: weightTotals(facts.model.architecture, plan.weights, { mtpLayer }).total,
  };
}
