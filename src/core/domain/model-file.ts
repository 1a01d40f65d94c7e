/** What a file of a model tells of it: which of the family it is, what its weights are, where they are kept. */
import type { MlaArchitecture } from "./architecture.ts";
import type { ModelId, WeightsId } from "./plan.ts";

/** A model of the catalog, as far as a file can be matched with it. */
export interface FamilyMember {
  readonly id: ModelId;
  readonly name: string;
  readonly architecture: MlaArchitecture;
  readonly repositories: readonly string[];
}

export interface ModelFile {
  /** Models of the catalog with these shapes, the one that the file names first. */
  readonly models: readonly ModelId[];
  /** The file names this very model, or one of its published checkpoints. */
  readonly named: boolean;
  /** What the file calls the model; null where it does not. */
  readonly name: string | null;
  /** `owner/name` of the checkpoint, where the file tells it. */
  readonly repository: string | null;
  /** Null: a format that is not known here. */
  readonly weights: WeightsId | null;
  readonly mtpLayer: boolean;
  /** What a reader should know beside the plan that follows. */
  readonly remarks: readonly string[];
}
