import type { Estimate, RankMemory } from "../src/core/domain/estimate.ts";
import type { Infeasible } from "../src/core/domain/infeasible.ts";
import { softest } from "../src/core/domain/provenance.ts";
import type { Consequence } from "./api.ts";

/** Too big is a matter of size; the rest is a matter of kind. */
const SIZE_KINDS: ReadonlySet<Infeasible["kind"]> = new Set([
  "memory-weights",
  "memory-runtime",
  "memory-kv-cache",
  "host-memory",
]);

/** Of the tightest accelerator; of the host where there is none, or where it is the one that is short. */
function spareOf(ranks: readonly RankMemory[]): number | null {
  const spare = (rank: RankMemory) =>
    rank.spare ?? rank.capacity - (rank.weights + rank.kvCacheNeeded + rank.activations + rank.runtime);
  const accelerators = ranks.filter(({ kind }) => kind === "accelerator").map(spare);
  const short = ranks.map(spare).filter((bytes) => bytes < 0);
  const all = [...(accelerators.length > 0 ? accelerators : ranks.map(spare)), ...short];
  return all.length > 0 ? Math.min(...all) : null;
}

export function consequenceOf(estimate: Estimate): Consequence {
  const { memory, performance, cost, infeasible } = estimate;
  const impossible = infeasible.find(({ kind }) => !SIZE_KINDS.has(kind));
  const untold =
    performance === null ? estimate.notes.find(({ kind }) => kind === "warning")?.message : undefined;
  return {
    fits: estimate.fits,
    reason: (impossible ?? infeasible[0])?.message ?? untold ?? null,
    impossible: impossible !== undefined,
    spareBytes: memory ? spareOf(memory.ranks) : null,
    kvCacheTokens: memory?.kvCacheTokens ?? null,
    tokensPerSecondPerUser: performance?.outputTokensPerSecondPerUser.value ?? null,
    tokensPerSecond: performance?.outputTokensPerSecond.value ?? null,
    ttftMs: performance?.ttftMs.value ?? null,
    tpotMs: performance?.tpotMs.value ?? null,
    usdPerHour: cost?.usdPerHour ?? null,
    usdPerMillionOutputTokens: cost?.usdPerMillionOutputTokens ?? null,
    basis: performance
      ? softest(performance.tpotMs.basis, performance.outputTokensPerSecond.basis)
      : (memory?.basis ?? null),
  };
}

/** A plan that the model stumbles over is a row with a reason, not the end of the table. */
export function consequenceOfFailure(error: unknown): Consequence {
  return {
    fits: false,
    reason: `cannot be told: ${error instanceof Error ? error.message : String(error)}`,
    impossible: true,
    spareBytes: null,
    kvCacheTokens: null,
    tokensPerSecondPerUser: null,
    tokensPerSecond: null,
    ttftMs: null,
    tpotMs: null,
    usdPerHour: null,
    usdPerMillionOutputTokens: null,
    basis: null,
  };
}
