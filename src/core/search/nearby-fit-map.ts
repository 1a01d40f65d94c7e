import type { Catalog } from "../domain/catalog.ts";
import type { AcceleratorId, EngineId, Plan, WeightsId } from "../domain/plan.ts";
import { estimateMemory } from "../model/memory/estimate-memory.ts";
import { asLlamaCpp } from "./nearby-moves.ts";
import { spareOf } from "./nearby.ts";

export interface FitCell {
  readonly weights: WeightsId;
  readonly accelerator: AcceleratorId;
  /** The plan's engine where it takes the weights, else one that does. */
  readonly engine: EngineId;
  /** What the fullest accelerator has left for this workload; negative: by how much it is short. */
  readonly spareBytes: number | null;
  readonly fits: boolean;
  /** Why not, where memory is not the reason. */
  readonly reason?: string;
  readonly plan: Plan;
}

const PREFERRED: readonly EngineId[] = ["vllm", "sglang", "tensorrt-llm", "llama.cpp", "atom"];

function planFor(plan: Plan, catalog: Catalog, weights: WeightsId, accelerator: AcceleratorId): Plan {
  const cluster = { ...plan.cluster, accelerator };
  const engines = catalog.weightFormats.get(weights)?.engines ?? [];
  if (engines.includes(plan.engine)) return { ...plan, weights, cluster };
  const engine = PREFERRED.find((candidate) => engines.includes(candidate)) ?? plan.engine;
  if (engine === "llama.cpp") return asLlamaCpp({ ...plan, cluster }, weights);
  const { kvCache: _kvCache, ...rest } = plan;
  return { ...rest, weights, cluster, engine, options: {} };
}

/**
 * Spare memory of a plan for every pair of weights and accelerator: "which weights fit which GPU".
 *
 * Shape    rows in the order of `weights`, in each the accelerators in the order given.
 * Per      accelerator, the fullest one.
 */
export function fitMap(
  plan: Plan,
  catalog: Catalog,
  weights: readonly WeightsId[],
  accelerators: readonly AcceleratorId[],
): FitCell[][] {
  return weights.map((id) =>
    accelerators.map((accelerator) => {
      const changed = planFor(plan, catalog, id, accelerator);
      const { memory, infeasible } = estimateMemory(changed, catalog);
      const other = infeasible.find(({ kind }) => !kind.startsWith("memory-") && kind !== "host-memory");
      return {
        weights: id,
        accelerator,
        engine: changed.engine,
        spareBytes: memory === null ? null : spareOf(memory),
        fits: memory !== null && infeasible.length === 0,
        ...(other ? { reason: other.message } : {}),
        plan: changed,
      };
    }),
  );
}
