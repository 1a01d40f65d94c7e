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

/** What is left after this workload under the engine's own rule; negative: short by so much. */
export function roomBytes(rank: RankMemory): number {
  return rank.spare ?? rank.capacity - Math.max(neededBytes(rank), rank.total);
}

export const overflows = (rank: RankMemory): boolean => roomBytes(rank) < 0;

/** How much of the rank the engine lets a plan fill: all of it, or its share. */
export const usableBytes = (rank: RankMemory): number =>
  Math.min(rank.capacity, neededBytes(rank) + roomBytes(rank));

/** Memory that nothing is put into, the engine's pool included. */
export const freeBytes = (rank: RankMemory): number => rank.capacity - rank.total;

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

/** The rank with the least room: the one that decides. */
export function tightestRank(ranks: readonly RankMemory[]): RankMemory | undefined {
  return [...ranks].sort((a, b) => roomBytes(a) - roomBytes(b))[0];
}

/** The rank with the least memory left free. */
export function fullestRank(ranks: readonly RankMemory[]): RankMemory | undefined {
  return [...ranks].sort((a, b) => freeBytes(a) - freeBytes(b))[0];
}
