/** Which tensors of a weight format have which type. */
import type { MlaArchitecture } from "../src/core/domain/architecture.ts";
import type { Plan } from "../src/core/domain/plan.ts";
import type { GgufFileType, TensorGroup } from "../src/core/domain/tensor.ts";
import { elementCount, listTensorFamilies } from "../src/core/tensors/architecture-tensors.ts";
import { ggufLayerBytes } from "../src/core/tensors/gguf-layer-bytes.ts";
import { quantizeTensors, type QuantizeOptions } from "../src/core/tensors/quantize-tensors.ts";
import { storedBytes, storeFamily } from "../src/core/tensors/store-tensors.ts";
import { isCheckpointFormat, weightTotals } from "../src/core/tensors/weight-totals.ts";
import type { MixCell, MixRuleShare, MixShare, TensorMix } from "./evidence-api.ts";

export interface Piece {
  readonly name: string;
  readonly group: TensorGroup;
  readonly layer?: number;
  readonly type: string;
  readonly bytes: number;
  readonly elements: number;
  readonly tensors: number;
}

const PARTS: readonly (readonly [RegExp, MixCell["part"]])[] = [
  [/ffn_down_exps|experts\..*down_proj/, "down"],
  [/ffn_gate_exps|experts\..*gate_proj/, "gate"],
  [/ffn_up_exps|experts\..*up_proj/, "up"],
];

const GGUF = "gguf:";

/** The layer is kept where the plan drafts with it, or says so. */
const keepsMtp = ({ options, speculative }: Plan): boolean => options.mtpLayer ?? speculative !== "off";

const ggufOptions = (plan: Plan): QuantizeOptions => ({
  imatrix: plan.options.imatrix ?? false,
  mtpLayer: keepsMtp(plan),
  overrides: plan.options.tensorTypes ?? [],
});

/** Every tensor (experts of one layer and projection as one) with its type and bytes; `null` where they are not known. */
export function piecesOf(a: MlaArchitecture, plan: Plan): Piece[] | null {
  const mtpLayer = keepsMtp(plan);
  if (plan.weights === "gguf:custom") return null;
  if (plan.weights.startsWith(GGUF)) {
    const type = plan.weights.slice(GGUF.length) as GgufFileType;
    return quantizeTensors(a, type, ggufOptions(plan)).map((t) => ({
      ...t,
      elements: elementCount(t.shape),
      tensors: 1,
    }));
  }
  if (!isCheckpointFormat(plan.weights)) return null;
  return listTensorFamilies(a, { mtpLayer }).map((family) => {
    const stored = storeFamily(a, plan.weights, family);
    return {
      name: family.name,
      group: family.group,
      ...(family.layer === undefined ? {} : { layer: family.layer }),
      type: stored.type,
      bytes: storedBytes(stored) * family.copies,
      elements: elementCount(family.shape) * family.copies,
      tensors: family.copies,
    };
  });
}

function shares(pieces: readonly Piece[], nameOf: (piece: Piece) => string): MixShare[] {
  const found = new Map<string, MixShare>();
  for (const piece of pieces) {
    const name = nameOf(piece);
    const before = found.get(name) ?? { name, bytes: 0, tensors: 0 };
    found.set(name, {
      name,
      bytes: before.bytes + piece.bytes,
      tensors: before.tensors + piece.tensors,
    });
  }
  return [...found.values()].sort((x, y) => y.bytes - x.bytes);
}

/**
 * The mix of a plan's weights.
 *
 * Cells    routed experts by projection and layer; everything else is in `groups`. Scales and zero points
 *          count to the tensor that they belong to.
 */
export function tensorMix(a: MlaArchitecture, plan: Plan): TensorMix | null {
  const pieces = piecesOf(a, plan);
  if (pieces === null) return null;
  const { tensorTypes: rules = [], ...options } = plan.options;
  const stock = (rules.length > 0 && piecesOf(a, { ...plan, options })) || pieces;
  const stockOf = new Map(shares(stock, ({ group }) => group).map(({ name, bytes }) => [name, bytes]));
  const sum = (of: "bytes" | "elements" | "tensors") => pieces.reduce((total, piece) => total + piece[of], 0);
  const groups = shares(pieces, ({ group }) => group).map((share) => ({
    ...share,
    group: share.name as TensorGroup,
    stockBytes: stockOf.get(share.name) ?? 0,
    types: shares(
      pieces.filter(({ group }) => group === share.name),
      ({ type }) => type,
    ).map(({ name }) => name),
  }));
  return {
    weights: plan.weights,
    bytes: sum("bytes"),
    parameters: sum("elements"),
    tensors: sum("tensors"),
    stockBytes: stock.reduce((total, { bytes }) => total + bytes, 0),
    types: shares(pieces, ({ type }) => type),
    groups,
    cells: pieces.flatMap(cellOf),
    rules: ruleShares(plan, pieces),
  };
}

/** What each rule of the plan decides: the first that is found in a name, norms and router never. */
function ruleShares({ options: { tensorTypes = [] } }: Plan, pieces: readonly Piece[]): MixRuleShare[] {
  const rules = tensorTypes.map(({ pattern }) => ({ find: new RegExp(pattern), tensors: 0, bytes: 0 }));
  for (const { name, group, type, bytes, tensors } of pieces) {
    if (type === "f32" && (group === "norm" || group === "router")) continue;
    const rule = rules.find(({ find }) => find.test(name));
    if (!rule) continue;
    rule.tensors += tensors;
    rule.bytes += bytes;
  }
  return rules.map(({ tensors, bytes }) => ({ tensors, bytes }));
}

function cellOf({ name, layer, group, type, bytes }: Piece): MixCell[] {
  const part = PARTS.find(([pattern]) => pattern.test(name))?.[1];
  if (group !== "routed-experts" || part === undefined || layer === undefined) return [];
  return [{ part, layer, type, bytes }];
}

/** Bytes and parameters of the whole model in the plan's format, without listing its tensors. */
export function weightsSize(
  a: MlaArchitecture,
  plan: Plan,
): { readonly bytes: number; readonly parameters: number } | null {
  const mtpLayer = keepsMtp(plan);
  const { parameters } = weightTotals(a, "bf16", { mtpLayer });
  if (plan.weights === "gguf:custom") {
    const bytes = plan.options.weightsBytes;
    return bytes === undefined ? null : { bytes, parameters };
  }
  if (plan.weights.startsWith(GGUF)) {
    const type = plan.weights.slice(GGUF.length) as GgufFileType;
    return { bytes: ggufLayerBytes(a, type, ggufOptions(plan)).total, parameters };
  }
  if (!isCheckpointFormat(plan.weights)) return null;
  return { bytes: weightTotals(a, plan.weights, { mtpLayer }).total, parameters };
}
