/** From the types that a file has to the plan that would make it: a stock mix and the fewest rules beside it. */
import type { MlaArchitecture } from "../../domain/architecture.ts";
import type { FoundMix, GgufTensorInfo } from "../../domain/gguf-file.ts";
import type { Problem } from "../../domain/problem.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import type { GgmlType, GgufFileType, GgufTensor } from "../../domain/tensor.ts";
import { findPatternFault, MAX_TENSOR_TYPES } from "../../domain/tensor-pattern.ts";
import { cachedByArchitecture } from "../cached.ts";
import { GGUF_FILE_TYPES, GGUF_MIXES } from "../gguf-mixes.ts";
import { quantizeTensors, type QuantizeOptions, type TypeOverride } from "../quantize-tensors.ts";
import { layerPattern } from "./layer-pattern.ts";

/** What the file says of itself; each may be absent or wrong. */
export interface MixHints {
  /** llama.cpp's number of the file's type. */
  readonly fileType?: number;
  readonly imatrix?: boolean;
}

/** Source: llama.cpp's `llama_ftype`. Only breaks ties, so types without a known number are left out. */
export const FILE_TYPE_IDS: Partial<Readonly<Record<GgufFileType, number>>> = {
  ...{ F32: 0, F16: 1, Q4_0: 2, Q4_1: 3, Q8_0: 7, Q5_0: 8, Q5_1: 9, Q2_K: 10, Q3_K_S: 11, Q3_K_M: 12 },
  ...{ Q3_K_L: 13, Q4_K_S: 14, Q4_K_M: 15, Q5_K_S: 16, Q5_K_M: 17, Q6_K: 18, IQ2_XXS: 19, IQ2_XS: 20 },
  ...{ Q2_K_S: 21, IQ3_XS: 22, IQ3_XXS: 23, IQ1_S: 24, IQ4_NL: 25, IQ3_S: 26, IQ3_M: 27, IQ2_S: 28 },
  ...{ IQ2_M: 29, IQ4_XS: 30, IQ1_M: 31, BF16: 32, TQ1_0: 36, TQ2_0: 37, MXFP4_MOE: 38, Q1_0: 40, Q2_0: 41 },
};

/** `blk.3.ffn_down_exps.weight` is part `ffn_down_exps.weight`; tensors outside layers are their own part. */
const partOf = (name: string): string => name.replace(/^blk\.\d+\./, "");
const isInLayer = ({ layer }: GgufTensor): boolean => layer !== undefined;
const escapeDots = (text: string): string => text.replaceAll(".", "\\.");

const cached = cachedByArchitecture<readonly GgufTensor[]>();

/** A stock mix, made once: 40 of them stand beside every file. */
const stockMix = (a: MlaArchitecture, type: GgufFileType, options: QuantizeOptions): readonly GgufTensor[] =>
  cached(a, `${type}|${options.imatrix}|${options.mtpLayer}`, () => quantizeTensors(a, type, options));

type Known = ReadonlyMap<string, GgmlType>;

/** Parts and tensors of a mix that have another type than the file's. */
function differing(mix: readonly GgufTensor[], known: Known) {
  const wrong = mix.filter(({ name, type }) => known.has(name) && known.get(name) !== type);
  return { parts: new Set(wrong.map(({ name }) => partOf(name))), tensors: wrong.length };
}

interface Candidate {
  readonly type: GgufFileType;
  readonly options: QuantizeOptions;
  readonly rank: readonly number[];
}

function rankCandidates(a: MlaArchitecture, known: Known, mtpLayer: boolean, hints: MixHints): Candidate[] {
  const usesImatrix = (type: GgufFileType) =>
    GGUF_MIXES[type].rules.some((rule) => rule.imatrix !== undefined);
  const candidates = GGUF_FILE_TYPES.flatMap((type, order): Candidate[] => {
    const said = hints.imatrix ?? GGUF_MIXES[type].needsImatrix ?? false;
    const choices = usesImatrix(type) && hints.imatrix === undefined ? [said, !said] : [said];
    return choices.map((imatrix) => {
      const options = { imatrix, mtpLayer };
      const { parts, tensors } = differing(stockMix(a, type, options), known);
      const declared = FILE_TYPE_IDS[type] !== undefined && FILE_TYPE_IDS[type] === hints.fileType;
      return { type, options, rank: [parts.size, tensors, declared ? 0 : 1, order] };
    });
  });
  return candidates.sort((x, y) => {
    const at = x.rank.findIndex((value, i) => value !== y.rank[i]);
    return at < 0 ? 0 : (x.rank[at] ?? 0) - (y.rank[at] ?? 0);
  });
}

/** How the rules of a part are written: for the tensors alone that differ, or for all of them. */
type Reach = "differing" | "all";

function rulesFor(part: string, reach: Reach, mix: readonly GgufTensor[], known: Known): TypeOverride[] {
  const own = mix.filter(({ name }) => partOf(name) === part && known.has(name));
  if (reach === "all") return rulesOfAll(part, own, known);
  const wrong = own.filter(({ name, type }) => known.get(name) !== type);
  const few = rulesOfSome(part, wrong, known);
  const all = rulesOfAll(part, own, known);
  return few.length <= all.length && wrong.length < own.length ? few : all;
}

function layersByType(tensors: readonly GgufTensor[], known: Known): [GgmlType, number[]][] {
  const byType = new Map<GgmlType, number[]>();
  for (const { name, layer = 0 } of tensors) {
    const type = known.get(name) as GgmlType;
    byType.set(type, [...(byType.get(type) ?? []), layer]);
  }
  return [...byType].sort((x, y) => y[1].length - x[1].length);
}

const ruleOf = (part: string, [type, layers]: [GgmlType, number[]]): TypeOverride => ({
  pattern: `blk\\.(${layerPattern(layers)})\\.${escapeDots(part)}`,
  type,
});

const rulesOfSome = (part: string, tensors: readonly GgufTensor[], known: Known): TypeOverride[] =>
  layersByType(tensors, known).map((of) => ruleOf(part, of));

/** Whatever most of its layers have comes last, for all of them. */
function rulesOfAll(part: string, tensors: readonly GgufTensor[], known: Known): TypeOverride[] {
  const [usual, ...others] = layersByType(tensors, known);
  if (!usual) return [];
  if (!tensors.some(isInLayer)) return [{ pattern: `^${escapeDots(part)}`, type: usual[0] }];
  return [...others.map((of) => ruleOf(part, of)), { pattern: `\\.${escapeDots(part)}`, type: usual[0] }];
}

const WHOLE_PART = /^\\\.(.+)\\\.weight$/;
/** A list of names in one pattern, well within a pattern's length. */
const MOST_MERGED = 6;

/** Parts that have one type in all layers share a rule: no name is in two parts, so order does not matter. */
function mergeRules(rules: readonly TypeOverride[]): TypeOverride[] {
  const parts = rules.map(({ pattern }) => WHOLE_PART.exec(pattern)?.[1]);
  const alone = parts.map(
    (part) =>
      part !== undefined &&
      !rules.some(({ pattern }) => pattern.startsWith("blk") && pattern.includes(`.${part}`)),
  );
  const merged: TypeOverride[] = rules.filter((_, i) => !alone[i]);
  const byType = new Map<GgmlType, string[]>();
  for (const [i, { type }] of rules.entries()) {
    const part = parts[i];
    if (part !== undefined && alone[i]) byType.set(type, [...(byType.get(type) ?? []), part]);
  }
  for (const [type, names] of byType) {
    for (let from = 0; from < names.length; from += MOST_MERGED) {
      const some = names.slice(from, from + MOST_MERGED);
      const text = some.length === 1 ? some.join("") : `(${some.join("|")})`;
      merged.push({ pattern: `\\.${text}\\.weight`, type });
    }
  }
  return merged;
}

/**
 * The plan's weights for a file.
 *
 *   type = the stock mix that differs in the fewest parts, then in the fewest tensors; rules for the rest
 *
 * Rules may move the mixing rules of other tensors (some count those they see), so the result is made,
 * compared and mended until it is the file's. Of an incomplete file the rest follows the stock mix.
 *
 * Refuses  types that llama.cpp does not have, and mixes of more rules than a plan holds.
 * Anchor   every stock type finds itself with no rule: find-mix.test.ts
 */
export function findMix(
  a: MlaArchitecture,
  tensors: readonly GgufTensorInfo[],
  hints: MixHints,
): Result<FoundMix, Problem> {
  const foreign = tensors.filter(({ type }) => type === null);
  if (foreign[0])
    return fail({
      path: foreign[0].name.slice(0, 120),
      problem: `${foreign.length} tensors have types that llama.cpp does not have, as type ${foreign[0].typeId} here`,
    });
  const known: Known = new Map(tensors.map(({ name, type }) => [name, type as GgmlType]));
  const mtpLayer = tensors.some(({ name }) => name.startsWith(`blk.${a.layerCount}.`));
  const [best] = rankCandidates(a, known, mtpLayer, hints);
  if (!best) return fail({ path: "", problem: "no type of llama.cpp is known" });
  const parts = new Map<string, Reach>();
  for (;;) {
    const stock = stockMix(a, best.type, best.options);
    const overrides = mergeRules([...parts].flatMap(([part, reach]) => rulesFor(part, reach, stock, known)));
    const made = overrides.length > 0 ? quantizeTensors(a, best.type, { ...best.options, overrides }) : stock;
    const left = differing(made, known);
    const open = [...left.parts].filter((part) => parts.get(part) !== "all");
    if (open.length > 0) {
      for (const part of open) parts.set(part, parts.has(part) ? "all" : "differing");
      continue;
    }
    return finish(best, dropIdle(a, best, overrides, made), left.tensors);
  }
}

/** A rule that changes nothing (norms stay 32-bit whatever is asked) is no rule. */
function dropIdle(
  a: MlaArchitecture,
  { type, options }: Candidate,
  overrides: readonly TypeOverride[],
  made: readonly GgufTensor[],
): TypeOverride[] {
  let kept = [...overrides];
  for (const rule of overrides) {
    const without = kept.filter((other) => other !== rule);
    const same = quantizeTensors(a, type, { ...options, overrides: without }).every(
      (tensor, i) => tensor.type === made[i]?.type,
    );
    if (same) kept = without;
  }
  return kept;
}

function finish(
  { type, options }: Candidate,
  tensorTypes: readonly TypeOverride[],
  unreachable: number,
): Result<FoundMix, Problem> {
  if (tensorTypes.length > MAX_TENSOR_TYPES)
    return fail({
      path: "options.tensorTypes",
      problem: `${type} with ${tensorTypes.length} rules is the nearest mix, and a plan holds ${MAX_TENSOR_TYPES}`,
    });
  const broken = tensorTypes.find(({ pattern }) => findPatternFault(pattern) !== undefined);
  if (broken)
    return fail({
      path: "options.tensorTypes",
      problem: `the pattern ${findPatternFault(broken.pattern)}: ${broken.pattern.slice(0, 60)}`,
    });
  return ok({ type, imatrix: options.imatrix, mtpLayer: options.mtpLayer, tensorTypes, unreachable });
}
