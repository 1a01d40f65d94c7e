/** Memory of one accelerator while a student learns, by part that it has. */
import type { StudentMemory } from "../core/domain/distill-estimate.ts";

const PARTS = [
  ["weights", "Weights", "dense"],
  ["adapters", "Adapters", "comm"],
  ["gradients", "Gradients", "kv"],
  ["optimizer", "Optimizer", "comm"],
  ["activations", "Activations", "act"],
  ["logits", "Logits", "experts"],
  ["buffers", "Buffers, driver", "runtime"],
] as const;

export const studentParts = (memory: StudentMemory) =>
  PARTS.flatMap(([key, name, hue]) => (memory[key] > 0 ? [{ key, name, hue, bytes: memory[key] }] : []));
