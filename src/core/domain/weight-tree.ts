/** The weight file as a tree: file, group, tensor, layer. Plain data. */
import type { PartHue } from "./step.ts";

export interface WeightNode {
  /** Path from the file: "attention/q_a_proj/12". */
  readonly id: string;
  readonly name: string;
  /** Name of the tensor as the file has it, of leaves and of tensors with one name; `{}` stands for every expert. */
  readonly tensor?: string;
  readonly hue: PartHue;
  readonly bytes: number;
  readonly tensors: number;
  readonly parameters: number;
  /** Types and their bytes, most bytes first. */
  readonly types: readonly { readonly type: string; readonly bytes: number }[];
  /** Largest first; layers in their order. */
  readonly children?: readonly WeightNode[];
}
