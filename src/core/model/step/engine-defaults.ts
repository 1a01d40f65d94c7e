/** Engine settings that depend on the accelerator: an engine version's tiers by device memory. */
import type { Accelerator, EngineVersion } from "../../domain/catalog.ts";
import type { EngineId } from "../../domain/plan.ts";

type Defaults = EngineVersion["defaults"];

/** The first tier that the accelerator's memory reaches. */
export function deviceTier({ deviceTiers }: Defaults, accelerator: Accelerator | undefined) {
  const memory = accelerator?.memory.value ?? 0;
  return deviceTiers?.find((tier) => memory >= tier.minimumMemory.value);
}

/** Prompt tokens that engines put in one pass where neither plan nor engine version says. */
export const DEFAULT_CHUNK_TOKENS = 8192;

/** Prompt tokens that one attention rank runs through at once: SGLang shares its chunk out over them, others chunk on each. */
export function chunkOfRank(engine: EngineId, chunk: number, attentionRanks: number): number {
  return engine === "sglang" ? chunk / attentionRanks : chunk;
}

/** Prompt tokens of one pass where the plan does not say. */
export function defaultChunk(defaults: Defaults, accelerator: Accelerator | undefined): number {
  const tier = deviceTier(defaults, accelerator);
  return tier?.chunkedPrefill?.value ?? defaults.chunkedPrefill?.value ?? DEFAULT_CHUNK_TOKENS;
}
