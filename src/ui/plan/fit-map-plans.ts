import type { Plan } from "../../core/domain/plan.ts";
import type { Directory } from "../../../workers/api.ts";
import { adaptLayout, withWeights } from "./adapt-plan.ts";

export interface FitMapPlans {
  readonly columns: readonly string[];
  readonly rows: readonly string[];
  /** Row by row. */
  readonly plans: readonly Plan[];
}

const WEIGHTS = ["bf16", "fp8", "gguf:Q8_0", "gguf:Q5_K_M", "awq-int4", "gguf:Q4_K_M", "nvfp4", "gguf:Q2_K"];
const ACCELERATORS = ["a100-80-sxm", "h100-sxm", "h20-96", "h200-sxm", "b200-sxm", "mi300x", "b300-sxm"];

/** The plan on other accelerators and in other weights, smallest memory first; the plan's own are among them. */
export function fitMapPlans(plan: Plan, directory: Directory): FitMapPlans {
  const memory = new Map(directory.accelerators.map(({ id, memoryBytes }) => [id, memoryBytes]));
  const { accelerator } = plan.cluster;
  const columns = [...new Set([...ACCELERATORS, ...(accelerator ? [accelerator] : [])])]
    .filter((id) => memory.has(id))
    .sort((a, b) => (memory.get(a) ?? 0) - (memory.get(b) ?? 0));
  const known = new Set(directory.weights.map(({ id }) => id));
  const rows = [...WEIGHTS, ...(WEIGHTS.includes(plan.weights) ? [] : [plan.weights])].filter((id) =>
    known.has(id),
  );
  const perNode = Math.max(1, plan.cluster.acceleratorsPerNode);
  const plans = rows.flatMap((weights) =>
    columns.map((column) => {
      const moved: Plan = {
        ...plan,
        cluster: { ...plan.cluster, accelerator: column, acceleratorsPerNode: perNode },
      };
      const placed = plan.cluster.acceleratorsPerNode === 0 ? adaptLayout(moved) : moved;
      return withWeights(placed, weights, directory);
    }),
  );
  return { columns, rows, plans };
}
