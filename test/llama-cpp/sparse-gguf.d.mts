import type { MlaArchitecture } from "../../src/core/domain/architecture.ts";

export interface SparseTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly typeId: number;
  readonly bytes: number;
}
export function writeSparseGguf(
  path: string,
  content: {
    readonly architecture: MlaArchitecture;
    readonly mtpLayer: boolean;
    readonly tensors: readonly SparseTensor[];
  },
): number;
