import type { DenseArchitecture } from "../../src/core/domain/dense-architecture.ts";
import type { SparseTensor } from "./sparse-gguf.mjs";

export function writeDenseGguf(
  path: string,
  content: { readonly architecture: DenseArchitecture; readonly tensors: readonly SparseTensor[] },
): number;
