import type { MlaArchitecture } from "../domain/architecture.ts";
import type { EngineId, LayoutPlan, WeightsId } from "../domain/plan.ts";
import { cachedByArchitecture } from "./cached.ts";
import { splitLayers } from "./split-layers.ts";
import { weightTotals, type LayerWeights, type WeightTotals } from "./weight-totals.ts";

export type ShardLayout = Pick<LayoutPlan, "tp" | "pp" | "dpAttention" | "ep">;

export interface ShardOptions {
  readonly engine: EngineId;
  /** The engine loads the MTP layer as draft model. */
  readonly mtpLayer: boolean;
  /** Expert slots beyond the model's experts (EPLB), over the whole expert group. */
  readonly redundantExperts?: number;
  /** Ranks that share one copy of the dense FFN under DP attention (`--moe-dense-tp-size`). */
  readonly denseTp?: number;
  /** The head is cut over attention TP instead of all ranks under DP attention (`--enable-dp-lm-head`). */
  readonly dpHead?: boolean;
}

/** Weights that one rank holds, in bytes. `total` is the sum of all parts above it. */
export interface RankWeights {
  readonly rank: number;
  readonly stage: number;
  /** First layer of the rank's stage, and how many layers it has (the MTP layer not counted). */
  readonly firstLayer: number;
  readonly layerCount: number;
  readonly routedExperts: number;
  readonly shared: number;
  readonly attention: number;
  /** kv_b once more, cut into its key and value halves for the absorbed form of MLA. */
  readonly absorbed: number;
  readonly dense: number;
  readonly embedding: number;
  readonly output: number;
  readonly router: number;
  readonly norm: number;
  /** Projection and norms that only the MTP layer has; its attention and experts are in their parts. */
  readonly mtp: number;
  readonly total: number;
}

/** How many ranks share one copy of a part. */
interface Cuts {
  readonly attention: number;
  readonly dense: number;
  readonly shared: number;
  readonly embedding: number;
  readonly output: number;
}

/** Engines differ in what they cut when attention runs data parallel. */
interface EngineRule {
  /** Bytes of the absorbed copies of kv_b, over all heads of the layers summed. */
  readonly absorbed: (layers: LayerWeights, a: MlaArchitecture) => number;
  readonly cutsUnderDp: (layout: ShardLayout, options: ShardOptions) => Omit<Cuts, "attention">;
}

const attentionTpOf = (layout: ShardLayout): number => layout.tp / layout.dpAttention;

/** vLLM's data parallel replicas each have their own TP group for all that is not a routed expert. */
const vllm: EngineRule = {
  absorbed: (layers) => layers.kvUpElements * 2,
  cutsUnderDp: (layout) => {
    const group = attentionTpOf(layout);
    return { dense: group, shared: group, embedding: group, output: group };
  },
};

/** SGLang gathers tokens before FFN and head, so those stay cut over all ranks; an all-to-all does not. */
const sglang: EngineRule = {
  absorbed: (layers) => layers.kvUp,
  cutsUnderDp: (layout, options) => ({
    dense: options.denseTp ?? layout.tp,
    shared: layout.ep > 1 ? 1 : layout.tp,
    embedding: attentionTpOf(layout),
    output: options.dpHead ? attentionTpOf(layout) : layout.tp,
  }),
};

/** TensorRT-LLM runs everything but the routed experts data parallel. */
const tensorrt: EngineRule = {
  // The value half is a view into kv_b; the key half is transposed and so a copy.
  absorbed: (layers, a) => (layers.kvUp * a.nopeHeadDim) / (a.nopeHeadDim + a.valueHeadDim),
  cutsUnderDp: () => ({ dense: 1, shared: 1, embedding: 1, output: 1 }),
};

const RULES: Partial<Readonly<Record<EngineId, EngineRule>>> = { vllm, sglang, "tensorrt-llm": tensorrt };

function cutsOf(layout: ShardLayout, options: ShardOptions, rule: EngineRule): Cuts {
  if (layout.dpAttention > 1)
    return { attention: attentionTpOf(layout), ...rule.cutsUnderDp(layout, options) };
  const { tp } = layout;
  return { attention: tp, dense: options.denseTp ?? tp, shared: tp, embedding: tp, output: tp };
}

/** Share of all experts' bytes on the fullest rank: whole experts over EP, each cut over MoE TP. */
function expertShare(a: MlaArchitecture, layout: ShardLayout, options: ShardOptions): number {
  const slots = a.routedExpertCount + (options.redundantExperts ?? 0);
  const moeTp = layout.tp / layout.ep;
  return Math.ceil(slots / layout.ep) / a.routedExpertCount / moeTp;
}

type Parts = { -readonly [K in Exclude<keyof RankWeights, "rank" | "stage" | "total">]: number };

/** All that the bytes of a stage follow from, besides its layers. */
interface Cutting {
  readonly architecture: MlaArchitecture;
  readonly totals: WeightTotals;
  readonly rule: EngineRule;
  readonly cuts: Cuts;
  readonly expertShare: number;
}

interface Stage {
  readonly first: number;
  readonly count: number;
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

/** Parts of one rank of a stage, from the layer sums up to its end and up to its start. */
function stageParts(cutting: Cutting, stage: Stage): Parts {
  const { totals, cuts, rule, architecture } = cutting;
  const hasMtpLayer = totals.layers.length > architecture.layerCount;
  // A draft on a later stage than the embedding needs the embedding a second time.
  const hasEmbedding = stage.isFirst || (stage.isLast && hasMtpLayer);
  const to = totals.cumulative[stage.isLast ? totals.layers.length : stage.first + stage.count];
  const from = totals.cumulative[stage.first];
  if (!to || !from) throw new RangeError(`no layers ${stage.first} to ${stage.first + stage.count}`);
  const absorbed = rule.absorbed(to, architecture) - rule.absorbed(from, architecture);
  return {
    firstLayer: stage.first,
    layerCount: stage.count,
    routedExperts: (to.routedExperts - from.routedExperts) * cutting.expertShare,
    shared: (to.shared - from.shared) / cuts.shared,
    attention:
      to.attentionReplicated -
      from.attentionReplicated +
      (to.attentionSharded - from.attentionSharded) / cuts.attention,
    absorbed: absorbed / cuts.attention,
    dense: (to.dense - from.dense) / cuts.dense,
    embedding: hasEmbedding ? totals.embedding / cuts.embedding : 0,
    output: stage.isLast ? totals.output / cuts.output : 0,
    router: to.router - from.router,
    norm: to.norm - from.norm + (stage.isLast ? totals.finalNorm : 0),
    mtp: to.mtpProjection - from.mtpProjection,
  };
}

function sumParts(p: Parts): number {
  const layers = p.routedExperts + p.shared + p.attention + p.absorbed + p.dense + p.router + p.norm + p.mtp;
  return layers + p.embedding + p.output;
}

function checkLayout(layout: ShardLayout): void {
  for (const [name, size] of Object.entries(layout))
    if (typeof size === "number" && (!Number.isInteger(size) || size < 1))
      throw new RangeError(`layout.${name} must be a positive integer, got ${size}`);
  if (layout.tp % layout.dpAttention !== 0) throw new RangeError("dpAttention must divide tp");
  if (layout.tp % layout.ep !== 0) throw new RangeError("ep must divide tp");
}

function computeShards(
  a: MlaArchitecture,
  weights: WeightsId,
  layout: ShardLayout,
  options: ShardOptions,
): readonly RankWeights[] {
  checkLayout(layout);
  const rule = RULES[options.engine] ?? vllm;
  const cutting: Cutting = {
    architecture: a,
    totals: weightTotals(a, weights, { mtpLayer: options.mtpLayer }),
    rule,
    cuts: cutsOf(layout, options, rule),
    expertShare: expertShare(a, layout, options),
  };
  let first = 0;
  return splitLayers(a.layerCount, layout.pp, options.engine).flatMap((count, stage) => {
    const range = { first, count, isFirst: stage === 0, isLast: stage === layout.pp - 1 };
    first += count;
    const parts = stageParts(cutting, range);
    const total = sumParts(parts);
    return Array.from({ length: layout.tp }, (_, i) => rankOf(stage * layout.tp + i, stage, parts, total));
  });
}

/** Field by field: a spread takes ten times as long, and a search comes by here for every layout. */
function rankOf(rank: number, stage: number, parts: Parts, total: number): RankWeights {
  return {
    rank,
    stage,
    firstLayer: parts.firstLayer,
    layerCount: parts.layerCount,
    routedExperts: parts.routedExperts,
    shared: parts.shared,
    attention: parts.attention,
    absorbed: parts.absorbed,
    dense: parts.dense,
    embedding: parts.embedding,
    output: parts.output,
    router: parts.router,
    norm: parts.norm,
    mtp: parts.mtp,
    total,
  };
}

const cached = cachedByArchitecture<readonly RankWeights[]>();

/**
 * Weights of every rank of one replica (the fullest rank of its stage, where experts do not divide).
 *
 *   attention = (q_a + kv_a) + (q_b + kv_b + o) / attentionTp        attentionTp = tp / dpAttention
 *   experts   = ceil((experts + redundant) / ep) experts, each cut over tp / ep ranks
 *   absorbed  = kv_b once more / attentionTp                          vLLM in 16 bit, SGLang as stored,
 *                                                                     TensorRT-LLM the key half as stored
 *
 * Router, norms, q_a and kv_a are whole on every rank; embedding and head are cut by vocabulary. A loaded
 * MTP layer sits on the last stage and shares embedding and head with the model. Engines without a rule of
 * their own are taken to cut as vLLM does.
 *
 * Per      rank: stage-major, `rank = stage * tp + i`.
 * Leaves   about 0.2 GiB that logs show beyond the tensors whatever the layout (rotary tables, allocator),
 *          and communication buffers.
 * Source   vllm v1/attention/backends/mla (16-bit copies), sglang models/deepseek_v2.py, TensorRT-LLM
 *          modules/attention.py
 * Throws   RangeError for a layout that does not divide, or an id that is no safetensors format.
 * Anchor   fp8, vLLM, TP8: 79.53 GiB against 79.739 logged: shard-weights.test.ts
 */
export function shardWeights(
  a: MlaArchitecture,
  weights: WeightsId,
  layout: ShardLayout,
  options: ShardOptions,
): readonly RankWeights[] {
  const { tp, pp, dpAttention, ep } = layout;
  const { engine, mtpLayer, redundantExperts = 0, denseTp = 0, dpHead = false } = options;
  const key = `${weights}|${tp}|${pp}|${dpAttention}|${ep}|${engine}|${mtpLayer}|${redundantExperts}|${denseTp}|${dpHead}`;
  return cached(a, key, () => computeShards(a, weights, layout, options));
}
