import type { Note } from "../../domain/estimate.ts";
import type { Plan } from "../../domain/plan.ts";
import { formatCount, formatMemory } from "../../units/format.ts";
import { GIB } from "../../units/quantity.ts";
import type { MemoryFacts } from "./memory-facts.ts";

/** Sizes that servers are bought with, GiB. */
const USUAL_GIB = [16, 32, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096];

/**
 * Memory of the node's host: the plan's, that of a unified-memory device less what its GPU takes, or, where
 * nothing says it, the smallest usual size that holds the need, with a note that says so.
 */
export function hostCapacity(
  plan: Plan,
  facts: MemoryFacts,
  needed: number,
  unified: number,
): { readonly capacity: number; readonly notes: readonly Note[] } {
  const { device } = facts;
  if (device?.accelerator.kind === "unified-memory") {
    return { capacity: Math.max(0, device.accelerator.memory.value - unified), notes: [] };
  }
  const installed = plan.cluster.hostMemoryGiB;
  if (installed !== undefined) return { capacity: installed * GIB, notes: [] };
  const usual = USUAL_GIB.find((gib) => gib * GIB >= needed);
  const capacity = usual === undefined ? needed : usual * GIB;
  const message = `The plan does not say how much host memory there is: it needs ${formatMemory(needed)}, so at least ${formatCount(capacity / GIB)} GiB are assumed.`;
  return {
    capacity,
    notes: [{ kind: "assumption", message, path: "cluster.hostMemoryGiB" }],
  };
}
