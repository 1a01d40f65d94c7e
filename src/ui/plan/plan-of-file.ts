/** The plan that a model's file stands for: its model and weights in place of the plan's, the rest kept. */
import type { FoundMix } from "../../core/domain/gguf-file.ts";
import type { ModelFile } from "../../core/domain/model-file.ts";
import type { Plan } from "../../core/domain/plan.ts";
import type { Directory } from "../../../workers/api.ts";
import { withWeights } from "./adapt-plan.ts";

/** A fine-tune has the shapes of several models: the plan's own where it is one of them. */
export function modelOfFile(plan: Plan, { models, named }: ModelFile): string {
  if (!named && models.includes(plan.model)) return plan.model;
  return models[0] ?? plan.model;
}

/** `mix`: of a GGUF file; null for a checkpoint, whose format the file itself tells. */
export function planOfFile(plan: Plan, file: ModelFile, mix: FoundMix | null, directory: Directory): Plan {
  const model = modelOfFile(plan, file);
  const weights = mix ? `gguf:${mix.type}` : (file.weights ?? plan.weights);
  const moved = withWeights({ ...plan, model }, weights, directory);
  const { tensorTypes: _, imatrix: __, mtpLayer: ___, ...options } = moved.options;
  const speculative = file.mtpLayer ? moved.speculative : "off";
  if (mix === null) return { ...moved, speculative, options };
  return {
    ...moved,
    speculative,
    options: {
      ...options,
      ...(mix.imatrix ? { imatrix: true } : {}),
      ...(mix.mtpLayer ? { mtpLayer: true } : {}),
      ...(mix.tensorTypes.length > 0 ? { tensorTypes: mix.tensorTypes } : {}),
    },
  };
}
