/** The tensors of a plan's weights as a tree to look into. */
import type { MlaArchitecture } from "../src/core/domain/architecture.ts";
import type { Plan } from "../src/core/domain/plan.ts";
import type { PartHue } from "../src/core/domain/step.ts";
import type { TensorGroup } from "../src/core/domain/tensor.ts";
import type { WeightNode } from "../src/core/domain/weight-tree.ts";
import { piecesOf, type Piece } from "./quantization-mix.ts";

const GROUPS: Readonly<Record<TensorGroup, readonly [string, PartHue]>> = {
  "routed-experts": ["Routed experts", "experts"],
  attention: ["Attention", "dense"],
  "shared-expert": ["Shared expert", "dense"],
  "dense-ffn": ["Dense layers", "dense"],
  embedding: ["Embedding", "dense"],
  output: ["Output head", "dense"],
  mtp: ["Draft layer", "dense"],
  router: ["Router", "act"],
  norm: ["Norms", "act"],
};

/**
 * File → group → tensor → layer, largest first and layers in order.
 *
 * Bytes    to the byte: children sum to their parent. Scales and zero points count to their tensor.
 * Returns  `null` where the types of single tensors are not known (a custom file).
 */
export function weightTree(a: MlaArchitecture, plan: Plan, name: string): WeightNode | null {
  const pieces = piecesOf(a, plan);
  if (pieces === null) return null;
  const groups = [...groupBy(pieces, ({ group }) => group)].map(([group, of]) => groupNode(group, of));
  return { ...sum(pieces), id: "", name, hue: "experts", children: largestFirst(groups) };
}

function groupNode(group: TensorGroup, pieces: readonly Piece[]): WeightNode {
  const [name, hue] = GROUPS[group];
  const families = [...groupBy(pieces, familyOf)].map(([family, of]) =>
    familyNode(`${group}/${family}`, family, hue, of),
  );
  const [only] = families;
  // A group of one tensor has no level of its own between.
  if (families.length === 1 && only?.children === undefined && only?.tensor !== undefined)
    return { ...only, id: group, name };
  return { ...sum(pieces), id: group, name, hue, children: largestFirst(families) };
}

function familyNode(id: string, family: string, hue: PartHue, pieces: readonly Piece[]): WeightNode {
  const node = { ...sum(pieces), id, name: shortName(family), hue };
  const [first] = pieces;
  if (pieces.length === 1 && first !== undefined) return { ...node, tensor: first.name };
  const layers = pieces.map((piece): WeightNode => ({
    ...sum([piece]),
    id: `${id}/${piece.layer ?? piece.name}`,
    name: piece.layer === undefined ? shortName(piece.name) : String(piece.layer),
    tensor: piece.name,
    hue,
  }));
  return { ...node, children: layers };
}

const familyOf = ({ name }: Piece): string => name.replace(/^(model\.layers|blk)\.\d+\./, "");

/** "q_a_proj" for "self_attn.q_a_proj.weight". */
function shortName(family: string): string {
  const parts = family.replace(/\.(weight|bias)$/, "").split(".");
  return parts.at(-1) ?? family;
}

function sum(pieces: readonly Piece[]) {
  const types = [...groupBy(pieces, ({ type }) => type)]
    .map(([type, of]) => ({ type, bytes: total(of, "bytes") }))
    .sort((x, y) => y.bytes - x.bytes);
  return {
    bytes: total(pieces, "bytes"),
    tensors: total(pieces, "tensors"),
    parameters: total(pieces, "elements"),
    types,
  };
}

const total = (pieces: readonly Piece[], of: "bytes" | "tensors" | "elements"): number =>
  pieces.reduce((all, piece) => all + piece[of], 0);

const largestFirst = (nodes: readonly WeightNode[]): readonly WeightNode[] =>
  nodes.toSorted((x, y) => y.bytes - x.bytes);

function groupBy<Key>(pieces: readonly Piece[], keyOf: (piece: Piece) => Key): Map<Key, Piece[]> {
  const groups = new Map<Key, Piece[]>();
  for (const piece of pieces) {
    const key = keyOf(piece);
    const of = groups.get(key);
    if (of) of.push(piece);
    else groups.set(key, [piece]);
  }
  return groups;
}
