import type {
  GgufComparison,
  GgufDifference,
  GgufDifferenceKind,
  GgufHeader,
  GgufTensorInfo,
  GgufTypeShare,
} from "../../domain/gguf-file.ts";
import type { Problem } from "../../domain/problem.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import type { GgufTensor } from "../../domain/tensor.ts";

/** All tensors of some files of one model, and whether these are all of its files. */
export interface GgufFiles {
  readonly headers: readonly GgufHeader[];
  readonly tensors: readonly GgufTensorInfo[];
  readonly whole: boolean;
}

/** Files that are parts of one model, in their order; one without parts stands alone. */
export function joinSplits(headers: readonly GgufHeader[]): Result<GgufFiles, Problem> {
  const [first] = headers;
  if (!first) return fail({ path: "files", problem: "none given" });
  const inOrder = headers.toSorted((a, b) => (a.split?.index ?? 0) - (b.split?.index ?? 0));
  const seen = new Map<string, string>();
  for (const [i, header] of inOrder.entries()) {
    const path = header.name.slice(0, 120);
    if (headers.length > 1 && header.split === null)
      return fail({ path, problem: "a whole model by itself; drop one model at a time" });
    if (header.split?.count !== first.split?.count || header.split?.tensors !== first.split?.tensors)
      return fail({ path, problem: `part of another model than ${first.name.slice(0, 120)}` });
    if (i > 0 && header.split?.index === inOrder[i - 1]?.split?.index)
      return fail({ path, problem: `the same part as ${inOrder[i - 1]?.name.slice(0, 120)}` });
    for (const { name } of header.tensors) {
      if (seen.has(name))
        return fail({ path, problem: `tensor ${JSON.stringify(name)} is in ${seen.get(name)} too` });
      seen.set(name, path);
    }
  }
  const tensors = inOrder.flatMap((header) => header.tensors);
  const whole = (first.split?.count ?? 1) === headers.length;
  if (whole && first.split !== null && tensors.length !== first.split.tensors)
    return fail({
      path: first.name.slice(0, 120),
      problem: `its parts hold ${tensors.length} tensors, and split.tensors.count promises ${first.split.tensors}`,
    });
  return ok({ headers: inOrder, tensors, whole });
}

/** Readers take a trailing axis of 1 as none. */
function squeeze(shape: readonly number[]): string {
  const axes = [...shape];
  while (axes.length > 1 && axes.at(-1) === 1) axes.pop();
  return axes.join(" x ");
}

export const typeName = ({ type, typeId }: GgufTensorInfo): string => type ?? `type ${typeId}`;

function differenceOf(found: GgufTensorInfo, wanted: GgufTensor): GgufDifference | null {
  const { name } = found;
  const [shape, wantedShape] = [squeeze(found.shape), squeeze(wanted.shape)];
  if (shape !== wantedShape) return { kind: "shape", name, found: shape, wanted: wantedShape };
  if (found.type !== wanted.type) return { kind: "type", name, found: typeName(found), wanted: wanted.type };
  return null;
}

function shareTypes(found: readonly GgufTensorInfo[], wanted: readonly GgufTensor[]): GgufTypeShare[] {
  const shares = new Map<string, { found: GgufTypeShare["found"]; wanted: GgufTypeShare["wanted"] }>();
  const none = { tensors: 0, bytes: 0 };
  const add = (type: string, side: "found" | "wanted", bytes: number) => {
    const share = shares.get(type) ?? { found: none, wanted: none };
    const before = share[side];
    shares.set(type, { ...share, [side]: { tensors: before.tensors + 1, bytes: before.bytes + bytes } });
  };
  for (const tensor of found) add(typeName(tensor), "found", tensor.bytes ?? 0);
  for (const tensor of wanted) add(tensor.type, "wanted", tensor.bytes);
  const size = (share: GgufTypeShare) => Math.max(share.found.bytes, share.wanted.bytes);
  return [...shares].map(([type, share]) => ({ type, ...share })).sort((a, b) => size(b) - size(a));
}

/** More than any reader looks through; the counts tell the rest. */
const MOST_LISTED = 500;

/**
 * A file's tensors beside those of a plan, by name.
 *
 * Leaves   out offsets and the cut into files: published files are cut in other places than a kit's.
 *          Of an incomplete set of files nothing is called missing.
 */
export function compareGguf(
  { tensors, whole }: Pick<GgufFiles, "tensors" | "whole">,
  wanted: readonly GgufTensor[],
): GgufComparison {
  const byName = new Map(wanted.map((tensor) => [tensor.name, tensor]));
  const names = new Set(tensors.map(({ name }) => name));
  const differences: GgufDifference[] = [];
  for (const tensor of tensors) {
    const want = byName.get(tensor.name);
    if (!want) differences.push({ kind: "extra", name: tensor.name, found: typeName(tensor), wanted: "" });
    else {
      const difference = differenceOf(tensor, want);
      if (difference) differences.push(difference);
    }
  }
  const here = wanted.filter(({ name }) => names.has(name));
  const missing = whole ? wanted.filter(({ name }) => !names.has(name)) : [];
  for (const { name, type } of missing) differences.push({ kind: "missing", name, found: "", wanted: type });
  const count = (kind: GgufDifferenceKind) => differences.filter((row) => row.kind === kind).length;
  const counts = {
    missing: count("missing"),
    extra: count("extra"),
    shape: count("shape"),
    type: count("type"),
  };
  return {
    wanted: wanted.length,
    found: tensors.length,
    same: here.length - counts.shape - counts.type,
    counts,
    differences: differences.slice(0, MOST_LISTED),
    types: shareTypes(tensors, whole ? wanted : here),
  };
}
