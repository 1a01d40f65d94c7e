/** Builds the operators of one instance from its layout, formats, tables and links. */
import type { Accelerator } from "../../domain/catalog.ts";
import { kvElementsPerTokenLayer } from "../../domain/architecture.ts";
import type { StepModelInput } from "../../domain/step-model.ts";
import type { AllReduce } from "../comm/all-reduce.ts";
import type { AllToAll } from "../comm/all-to-all.ts";
import { interconnect, type Interconnect } from "../comm/interconnect.ts";
import type { AttentionCore } from "../ops/attention-operator.ts";
import { peakFlops, precisionByPart, type Precision } from "../ops/precision.ts";
import { rooflineProfile, type Efficiency, type RooflineProfile } from "../ops/roofline-profile.ts";
import { tableIndex, type TableIndex } from "../ops/table-index.ts";
import { TokenOperator, type TokenWork } from "../ops/token-operator.ts";
import { collectives } from "./gpu-collectives.ts";
import type { GpuLayout } from "./gpu-layout.ts";
import { cores } from "./gpu-cores.ts";
import { peaks, type Shop } from "./gpu-shop.ts";

export interface GpuOperators {
  readonly kvDown: TokenOperator;
  readonly queryUp: TokenOperator;
  readonly output: TokenOperator;
  readonly absorbed: TokenOperator;
  readonly kvUp: TokenOperator;
  readonly decodeCore: AttentionCore;
  readonly prefillCore: AttentionCore;
  /** Query, key and head weights of a sparse attention's indexer; empty without one. */
  readonly indexer: readonly TokenOperator[];
  readonly experts: TokenOperator;
  readonly prefillExperts: TokenOperator;
  readonly sharedUp: TokenOperator;
  readonly sharedDown: TokenOperator;
  readonly denseUp: TokenOperator;
  readonly denseDown: TokenOperator;
  readonly router: TokenOperator;
  readonly head: TokenOperator;
  readonly draftProjection: TokenOperator;
  readonly tensorReduce: AllReduce;
  readonly contextReduce: AllReduce;
  readonly exchange: AllToAll | null;
  readonly link: Interconnect;
  readonly profile: RooflineProfile;
  readonly bytesPerMs: number;
}

const BF16: Precision = { dtype: "bf16", bytesPerWeight: 2, activationBytes: 2, compute: "bf16" };

export function gpuOperators(
  input: StepModelInput,
  accelerator: Accelerator,
  layout: GpuLayout,
): GpuOperators {
  const { architecture, weights, kvCache } = input;
  const profile = rooflineProfile(accelerator);
  const tables = input.opTables === null ? null : tableIndex(input.opTables);
  const parts = precisionByPart(weights, accelerator);
  const shop: Shop = {
    architecture,
    accelerator,
    layout,
    tables,
    profile,
    engine: input.engine.id === "tensorrt-llm" ? "tensorrt-llm" : "sglang",
    acceleratorsPerNode: input.acceleratorsPerNode,
  };
  const link = interconnect(accelerator, input.acceleratorsPerNode, input.fabric);
  const cacheBytes = kvCache === "fp8" ? 1 : 2;
  const projection = projections(shop, parts.attention);
  const core = cores(shop, cacheBytes);
  const ffn = feedForward(shop, parts.ffn);
  const output = heads(shop);
  const collective = collectives(shop, parts.experts, link);
  return {
    kvDown: projection.kvDown,
    queryUp: projection.queryUp,
    output: projection.output,
    absorbed: projection.absorbed,
    kvUp: projection.kvUp,
    decodeCore: core.decodeCore,
    prefillCore: core.prefillCore,
    indexer: indexer(shop, parts.attention),
    experts: experts(shop, parts.experts, "decode", link),
    prefillExperts: experts(shop, parts.experts, "prefill", link),
    sharedUp: ffn.sharedUp,
    sharedDown: ffn.sharedDown,
    denseUp: ffn.denseUp,
    denseDown: ffn.denseDown,
    router: gemm(shop, BF16, "router", 1, architecture.routedExpertCount, architecture.hiddenSize),
    head: output.head,
    draftProjection: output.draftProjection,
    tensorReduce: collective.tensorReduce,
    contextReduce: collective.contextReduce,
    exchange: collective.exchange,
    link,
    profile,
    bytesPerMs: accelerator.memoryBandwidth.value / 1e3,
  };
}

/** One GEMM [tokens, k] x [k, n]; `role` and `shards` find its table. */
function gemm(shop: Shop, precision: Precision, role: string, shards: number, n: number, k: number) {
  const table = shop.tables?.cut(`gemm ${tableDtype(precision)} ${role}`, shards) ?? null;
  const work: TokenWork = {
    fixedBytes: n * k * precision.bytesPerWeight,
    bytesPerToken: k * precision.activationBytes + 2 * n,
    flopPerToken: 2 * n * k,
  };
  return operator(shop, table, work, precision, shop.profile.gemm);
}

function operator(
  shop: Shop,
  table: ReturnType<TableIndex["curve"]>,
  work: TokenWork,
  precision: Precision,
  efficiency: Efficiency,
): TokenOperator {
  const peak = peaks(shop.accelerator, precision.compute);
  return new TokenOperator(table, work, peak, inPrefill(shop, efficiency, precision), shop.profile.basis);
}

/** Prefill rates that are known as a share of the FP8 peak, in terms of the precision's own peak. */
function inPrefill(
  { accelerator, profile }: Shop,
  efficiency: Efficiency,
  { compute }: Precision,
): Efficiency {
  const share = profile.prefillShareOfFp8;
  if (share === undefined) return efficiency;
  const gain = compute === "fp4" ? (profile.prefillGainOfFp4 ?? 1) : 1;
  const ratio = peakFlops(accelerator, "fp8") / peakFlops(accelerator, compute);
  return { ...efficiency, prefillCompute: share * gain * ratio };
}

function projections(shop: Shop, precision: Precision) {
  const { architecture: a, layout } = shop;
  const { heads, attentionTp } = layout;
  const queryDim = a.nopeHeadDim + a.ropeHeadDim;
  const down = a.queryLoraRank + kvElementsPerTokenLayer(a);
  const kvUpDim = a.nopeHeadDim + a.valueHeadDim;
  return {
    kvDown: gemm(shop, precision, "kv-down", 1, down, a.hiddenSize),
    queryUp: gemm(shop, precision, "query-up", attentionTp, queryDim * heads, a.queryLoraRank),
    output: gemm(shop, precision, "output", attentionTp, a.hiddenSize, a.valueHeadDim * heads),
    kvUp: gemm(shop, precision, "kv-up", attentionTp, kvUpDim * heads, a.kvLoraRank),
    absorbed: absorbed(shop, precision),
  };
}

/** Both batched products that move queries into, and outputs out of, the latent. */
function absorbed(shop: Shop, precision: Precision): TokenOperator {
  const { architecture: a, layout } = shop;
  const weights = layout.heads * a.kvLoraRank * (a.nopeHeadDim + a.valueHeadDim);
  const work: TokenWork = {
    fixedBytes: weights * Math.max(1, precision.bytesPerWeight),
    bytesPerToken: 2 * layout.heads * (a.nopeHeadDim + a.valueHeadDim + 2 * a.kvLoraRank),
    flopPerToken: 2 * weights,
  };
  const table = shop.tables?.cut("absorbed", layout.heads) ?? null;
  return operator(shop, table, work, BF16, shop.profile.gemm);
}

/** Projections of a sparse attention's indexer: whole on every rank. */
function indexer(shop: Shop, precision: Precision): TokenOperator[] {
  const { indexer: own, hiddenSize, queryLoraRank } = shop.architecture;
  if (own === undefined) return [];
  return [
    gemm(shop, precision, "index-query", 1, own.headCount * own.headDim, queryLoraRank),
    gemm(shop, precision, "index-key", 1, own.headDim + own.headCount, hiddenSize),
  ];
}

function feedForward(shop: Shop, precision: Precision) {
  const { architecture: a, layout } = shop;
  const s = layout.ffnShards;
  const shared = a.sharedExpertCount * a.expertIntermediateSize;
  const dense = a.denseIntermediateSize;
  const hidden = a.hiddenSize;
  return {
    sharedUp: gemm(shop, precision, "shared-up", s, (2 * shared) / s, hidden),
    sharedDown: gemm(shop, precision, "shared-down", s, hidden, shared / s),
    denseUp: gemm(shop, precision, "dense-up", s, (2 * dense) / s, hidden),
    denseDown: gemm(shop, precision, "dense-down", s, hidden, dense / s),
  };
}

/** Routed experts of one rank, over the tokens of the whole instance. */
function experts(shop: Shop, precision: Precision, phase: "decode" | "prefill", link: Interconnect) {
  const { architecture: a, layout, profile } = shop;
  const { expertTp, expertRanks } = layout;
  const weights = (3 * a.hiddenSize * a.expertIntermediateSize) / expertTp;
  const share = a.expertsPerToken / expertRanks;
  const work: TokenWork = {
    fixedBytes: 0,
    bytesPerToken: share * a.hiddenSize * (precision.activationBytes + 2),
    flopPerToken: 2 * weights * share,
    experts: {
      bytes: weights * precision.bytesPerWeight,
      onRank: a.routedExpertCount / expertRanks,
      count: a.routedExpertCount,
      perToken: a.expertsPerToken,
    },
  };
  return operator(shop, expertTable(shop, precision, phase, link), work, precision, profile.experts);
}

/**
 * The engine's own kernels where they were measured apart, else the best of all. Experts spread over
 * several domains run with a load balancer that copies the busy ones: equal loads on all ranks.
 */
function expertTable(
  { tables, layout, engine }: Shop,
  precision: Precision,
  phase: string,
  { domainRanks }: Interconnect,
) {
  if (tables === null) return null;
  const dtype = tableDtype(precision);
  const { expertTp, expertRanks } = layout;
  const own = `moe ${dtype} ${engine} ${expertTp}`;
  const spread = layout.attentionDp > 1 && expertRanks > domainRanks;
  const balanced = spread ? tables.cut(`moe ${dtype} balanced ${expertTp}`, expertRanks) : null;
  if (balanced !== null) return balanced;
  return (
    (phase === "prefill" ? tables.cut(`${own} prefill`, expertRanks) : null) ??
    tables.cut(own, expertRanks) ??
    tables.cut(`moe ${dtype} any ${expertTp}`, expertRanks)
  );
}

function heads(shop: Shop) {
  const { architecture: a, layout } = shop;
  const shards = layout.attentionDp > 1 ? 1 : layout.ranks;
  return {
    head: gemm(shop, BF16, "lm-head", shards, a.vocabularySize / shards, a.hiddenSize),
    draftProjection: gemm(
      shop,
      BF16,
      "draft",
      layout.ffnShards,
      a.hiddenSize / layout.ffnShards,
      2 * a.hiddenSize,
    ),
  };
}

function tableDtype(precision: Precision): string {
  return precision.dtype === "mxfp4" ? "nvfp4" : precision.dtype;
}
