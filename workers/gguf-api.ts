/** What the page may ask of the worker that reads files of models. Types only. */
import type { GgufInspection } from "../src/core/domain/gguf-file.ts";
import type { ModelFile } from "../src/core/domain/model-file.ts";
import type { Plan } from "../src/core/domain/plan.ts";
import type { Problem } from "../src/core/domain/problem.ts";
import type { Result } from "../src/core/domain/result.ts";

export type ModelFileAnswer =
  | { readonly kind: "gguf"; readonly gguf: GgufInspection }
  | { readonly kind: "config" | "index"; readonly name: string; readonly model: ModelFile };

export interface GgufApi {
  /** GGUF files of one model, or one JSON file that describes a checkpoint, beside the plan. */
  read(files: readonly File[], plan: Plan): Promise<Result<ModelFileAnswer, Problem>>;
}
