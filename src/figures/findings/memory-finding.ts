import type { MemoryEstimate, RankMemory } from "../../core/domain/estimate.ts";
import type { LayoutPlan } from "../../core/domain/plan.ts";
import { formatCount, formatGib } from "../../core/units/format.ts";
import { neededBytes, overflows, roomBytes, tightestRank, usableBytes } from "../memory-parts.ts";
import { capitalised, numberWord, times } from "./words.ts";

/** What the memory columns show, in one sentence with a number. */
export function memoryFinding(memory: MemoryEstimate, layout: LayoutPlan): string {
  const over = memory.ranks.filter(overflows);
  const tightest = tightestRank(over.length > 0 ? over : memory.ranks);
  if (!tightest) return "No rank holds this plan.";
  if (over.length > 0) return overflowFinding(tightest);
  const host = memory.ranks.find((rank) => rank.kind === "host");
  const gpus = memory.ranks.filter((rank) => rank.kind === "accelerator");
  if (host && host.weights > 0) return hostFinding(host, gpus);
  const decode = layout.disaggregated?.decode;
  if (!decode) return cacheFinding(memory, layout, gpus);
  const caches = decode.dpAttention > 1 ? `${numberWord(decode.dpAttention)} different caches` : "one cache";
  return `A decode instance holds ${caches}: ${formatCount(memory.kvCacheTokens)} tokens, ${spareWords(memory)}.`;
}

function overflowFinding(rank: RankMemory): string {
  const usable = usableBytes(rank);
  if (rank.weights > usable) {
    return `Weights alone run ${formatGib(rank.weights - usable)} GiB past the limit; everything else a server needs hangs above it.`;
  }
  return `Weights leave ${formatGib(usable - rank.weights)} GiB; runtime and cache need ${formatGib(neededBytes(rank) - rank.weights)}, ${formatGib(-roomBytes(rank))} too many.`;
}

function hostFinding(host: RankMemory, gpus: readonly RankMemory[]): string {
  const expertsOnGpus = gpus.some((rank) => rank.weightsByGroup.routedExperts > 0);
  const inHost = formatGib(host.weights, 0);
  if (gpus.length === 0) return `Host memory holds all ${inHost} GiB of weights.`;
  const what = expertsOnGpus ? `${inHost} GiB of weights` : `All routed experts, ${inHost} GiB,`;
  const gpu = gpus[0];
  return `${what} ${expertsOnGpus ? "stand" : "live"} in host memory; a GPU holds ${formatGib(gpu?.weights ?? 0)} GiB of the rest.`;
}

function cacheFinding(memory: MemoryEstimate, layout: LayoutPlan, gpus: readonly RankMemory[]): string {
  const groups = layout.dpAttention * layout.dcp;
  const tokens = formatCount(memory.kvCacheTokens);
  const copies = layout.tp / groups;
  if (gpus.length === 1) return `The cache holds ${tokens} tokens, ${spareWords(memory)}.`;
  if (layout.pp > 1 && layout.tp === 1) {
    return `Each GPU caches only its own layers: ${tokens} tokens in all, ${spareWords(memory)}.`;
  }
  if (copies > 1 && groups > 1) {
    return `${capitalised(numberWord(groups))} different caches, ${numberWord(copies)} copies of each: ${tokens} tokens.`;
  }
  if (copies > 1) {
    const ranks =
      layout.pp > 1
        ? `${capitalised(numberWord(copies))} GPUs of each stage`
        : `All ${numberWord(copies)} GPUs${layout.replicas > 1 ? " of a replica" : ""}`;
    return `${ranks} hold the same cache: ${tokens} tokens, not ${times(copies)} as many.`;
  }
  return `${capitalised(numberWord(groups))} GPUs hold ${numberWord(groups)} different caches: ${tokens} tokens, ${spareWords(memory)}.`;
}

function spareWords(memory: MemoryEstimate): string {
  const ratio = memory.kvCacheTokensNeeded > 0 ? memory.kvCacheTokens / memory.kvCacheTokensNeeded : 0;
  return `${times(ratio)} what the workload needs`;
}
