/** Engine settings that depend on the accelerator: an engine version's tiers by device memory. */
import type { Accelerator, EngineVersion } from "../../domain/catalog.ts";

type Defaults = EngineVersion["defaults"];

/** The first tier that the accelerator's memory reaches. */
export function deviceTier({ deviceTiers }: Defaults, accelerator: Accelerator | undefined) {
  const memory = accelerator?.memory.value ?? 0;
  return deviceTiers?.find((tier) => memory >= tier.minimumMemory.value);
}

/** Prompt tokens of one pass where the plan does not say; undefined where the version does not either. */
export function defaultChunk(defaults: Defaults, accelerator: Accelerator | undefined): number | undefined {
  return deviceTier(defaults, accelerator)?.chunkedPrefill?.value ?? defaults.chunkedPrefill?.value;
}
