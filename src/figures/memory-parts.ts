import type { RankMemory } from "../core/domain/estimate.ts";

/** Parts of a column from the bottom; every figure draws and names them in this order. */
export type MemoryPart = "experts" | "dense" | "kv" | "act" | "runtime";

export const MEMORY_PARTS: readonly { readonly part: MemoryPart; readonly name: string }[] = [
  { part: "experts", name: "Routed experts" },
  { part: "dense", name: "Attention, dense" },
  { part: "kv", name: "KV cache" },
  { part: "act", name: "Activations" },
  { part: "runtime", name: "Runtime" },
];

/** What the rank must hold for this workload, whatever the engine would reserve besides. */
export function neededBytes(rank: RankMemory): number {
  return rank.weights + rank.kvCacheNeeded + rank.activations + rank.runtime;
}

export const overflows = (rank: RankMemory): boolean =>
  Math.max(neededBytes(rank), rank.total) > rank.capacity;

export const spareBytes = (rank: RankMemory): number => rank.capacity - rank.total;

/** Bytes by part: the pool as the engine allocates it where all fits, else only what is needed of it. */
export function partBytes(rank: RankMemory): Readonly<Record<MemoryPart, number>> {
  return {
    experts: rank.weightsByGroup.routedExperts,
    dense: rank.weightsByGroup.other,
    kv: overflows(rank) ? rank.kvCacheNeeded : rank.kvCache,
    act: rank.activations,
    runtime: rank.runtime,
  };
}

/** The rank with the least room: the one that decides. Accelerators go before the host on a tie. */
export function tightestRank(ranks: readonly RankMemory[]): RankMemory | undefined {
  const room = (rank: RankMemory) => rank.capacity - Math.max(neededBytes(rank), rank.total);
  return [...ranks].sort((a, b) => room(a) - room(b))[0];
}
