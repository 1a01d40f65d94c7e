import type { MlaArchitecture } from "../../src/core/domain/architecture.ts";
import type { SparseTensor } from "./sparse-gguf.mjs";

export const TINY: MlaArchitecture;
export function writeTinyModel(
  files: readonly string[],
  tensors: readonly (SparseTensor & { readonly split: number })[],
): number;
