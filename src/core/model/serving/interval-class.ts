/** Which group of measurements a plan's error is taken from. */
import type { Accelerator } from "../../domain/catalog.ts";
import type { Plan } from "../../domain/plan.ts";
import { runsSequentially } from "./step-models.ts";

/**
 * `serving/nvidia/aggregated-tp`, `hybrid`, `cpu` ...: general first, so that a class without
 * records falls back to the one that holds it. `early`: builds whose steps were a multiple of today's.
 */
export function intervalClass(plan: Plan, accelerator: Accelerator | undefined, early: boolean): string {
  const era = early ? "-early" : "";
  if (!runsSequentially(plan.engine)) {
    const vendor = accelerator?.vendor === "NVIDIA" ? "nvidia" : "other";
    return `serving${era}/${vendor}/${split(plan)}`;
  }
  if (accelerator === undefined) return `local${era}/cpu`;
  if (accelerator.kind === "unified-memory") return `local${era}/unified`;
  return `local${era}/${plan.layout.experts === "gpu" ? "gpu" : "hybrid"}`;
}

function split({ layout }: Plan): string {
  const decode = layout.disaggregated?.decode ?? layout;
  const mode = layout.disaggregated === null ? "aggregated" : "disaggregated";
  return `${mode}-${decode.dpAttention > 1 ? "dp" : "tp"}`;
}
