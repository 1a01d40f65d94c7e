/** Which group of measurements a plan's error is taken from. */
import type { Accelerator } from "../../domain/catalog.ts";
import type { Plan } from "../../domain/plan.ts";
import { runsSequentially } from "./step-models.ts";

/**
 * `serving/nvidia/aggregated-tp`, `hybrid`, `cpu` ...: general first, so that a class without
 * records falls back to the one that holds it.
 */
export function intervalClass(plan: Plan, accelerator: Accelerator | undefined): string {
  if (!runsSequentially(plan.engine)) {
    const vendor = accelerator?.vendor === "NVIDIA" ? "nvidia" : "other";
    return `serving/${vendor}/${split(plan)}`;
  }
  if (accelerator === undefined) return "local/cpu";
  if (accelerator.kind === "unified-memory") return "local/unified";
  return plan.layout.experts === "gpu" ? "local/gpu" : "local/hybrid";
}

function split({ layout }: Plan): string {
  const decode = layout.disaggregated?.decode ?? layout;
  const mode = layout.disaggregated === null ? "aggregated" : "disaggregated";
  return `${mode}-${decode.dpAttention > 1 ? "dp" : "tp"}`;
}
