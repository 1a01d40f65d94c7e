import type { Plan } from "../../core/domain/plan.ts";
import type { Directory } from "../../../workers/api.ts";

export interface FitMapAxes {
  readonly weights: readonly string[];
  readonly accelerators: readonly string[];
}

const WEIGHTS = ["bf16", "fp8", "gguf:Q8_0", "gguf:Q5_K_M", "awq-int4", "gguf:Q4_K_M", "nvfp4", "gguf:Q2_K"];
const ACCELERATORS = ["a100-80-sxm", "h100-sxm", "h20-96", "h200-sxm", "b200-sxm", "mi300x", "b300-sxm"];

/** The usual weights and accelerators, smallest memory first; the plan's own are among them. */
export function fitMapAxes(plan: Plan, directory: Directory): FitMapAxes {
  const memory = new Map(directory.accelerators.map(({ id, memoryBytes }) => [id, memoryBytes]));
  const known = new Set(directory.weights.map(({ id }) => id));
  const { accelerator } = plan.cluster;
  return {
    weights: [...new Set([...WEIGHTS, plan.weights])].filter((id) => known.has(id)),
    accelerators: [...new Set([...ACCELERATORS, ...(accelerator === undefined ? [] : [accelerator])])]
      .filter((id) => memory.has(id))
      .sort((a, b) => (memory.get(a) ?? 0) - (memory.get(b) ?? 0)),
  };
}
