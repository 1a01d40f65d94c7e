import type { RankMemory } from "../core/domain/estimate.ts";
import { neededBytes, usableBytes, type MemoryPart } from "./memory-parts.ts";

export interface LadderStep {
  readonly name: string;
  readonly parts: readonly { readonly part: MemoryPart; readonly from: number; readonly width: number }[];
  readonly needed: number;
  readonly spare: number;
}

export interface MemoryLadder {
  readonly steps: readonly LadderStep[];
  /** What the engine may fill of the rank, and where that is on the axis, 0..1. */
  readonly usable: number;
  readonly limit: number;
}

/** Memory constraints in the order they are checked; each bar adds to the one above it. */
export function placeLadder(rank: RankMemory, cacheName: string): MemoryLadder {
  const usable = usableBytes(rank);
  const max = Math.max(neededBytes(rank), rank.capacity) * 1.04;
  const scale = (bytes: number) => (max > 0 ? bytes / max : 0);
  const additions: readonly { name: string; parts: readonly (readonly [MemoryPart, number])[] }[] = [
    {
      name: "Weights",
      parts: [
        ["experts", rank.weightsByGroup.routedExperts],
        ["dense", rank.weightsByGroup.other],
      ],
    },
    {
      name: "+ runtime, activations",
      parts: [
        ["runtime", rank.runtime],
        ["act", rank.activations],
      ],
    },
    { name: cacheName, parts: [["kv", rank.kvCacheNeeded]] },
  ];
  let needed = 0;
  const parts: { part: MemoryPart; from: number; width: number }[] = [];
  const steps = additions.map((addition) => {
    for (const [part, bytes] of addition.parts) {
      if (bytes > 0) parts.push({ part, from: scale(needed), width: scale(bytes) });
      needed += bytes;
    }
    return { name: addition.name, parts: [...parts], needed, spare: usable - needed };
  });
  return { steps, usable, limit: scale(usable) };
}
