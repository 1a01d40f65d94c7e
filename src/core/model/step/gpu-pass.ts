/** Fills the operator times of one pass; `limit` asks for the physical limit of each instead. */
import { moeLayerCount, type MlaArchitecture } from "../../domain/architecture.ts";
import type { AllToAll } from "../comm/all-to-all.ts";
import type { AttentionCore } from "../ops/attention-operator.ts";
import type { TokenOperator } from "../ops/token-operator.ts";
import type { GpuLayout } from "./gpu-layout.ts";
import type { GpuOperators } from "./gpu-operators.ts";
import {
  DRAFT_GAP_MS,
  ELEMENTWISE_EFFICIENCY,
  ELEMENTWISE_PASSES,
  HOST_GAP_MS,
  PIPELINE_LATENCY_MS,
} from "./parameters.ts";
import { SLOT, SLOT_COUNT } from "./slots.ts";

export interface PassSettings {
  /** Multiplies a whole decode step. */
  readonly decodeFactor: number;
  readonly chunkTokens: number;
  /** Least time of a prefill pass, ms: its launches. */
  readonly eagerPassMs: number;
}

export class GpuPass {
  readonly architecture: MlaArchitecture;
  readonly layout: GpuLayout;
  readonly operators: GpuOperators;
  readonly settings: PassSettings;

  constructor(
    architecture: MlaArchitecture,
    layout: GpuLayout,
    operators: GpuOperators,
    settings: PassSettings,
  ) {
    this.architecture = architecture;
    this.layout = layout;
    this.operators = operators;
    this.settings = settings;
  }

  /** One decode step of `batch` sequences: under pipelining, one round of all stages. */
  decode(ms: Float64Array, batch: number, contextTokens: number, limit: boolean): void {
    const { architecture: a, layout, operators } = this;
    const sequences = Math.max(1, batch / layout.stages);
    const perRank = Math.max(1, sequences / layout.attentionDp);
    const checked = 1 + layout.draftTokens;
    const context = Math.max(1, contextTokens / layout.contextShards);
    ms.fill(0);
    const core = coreMs(operators.decodeCore, perRank, context, limit);
    ms[SLOT.attention] = a.layerCount * core;
    this.layers(
      ms,
      perRank * checked,
      sequences * checked,
      a.denseLayerCount,
      moeLayerCount(a),
      false,
      limit,
    );
    this.contextShards(ms, perRank * checked, limit);
    this.stretchStages(ms);
    this.head(ms, perRank * checked, sequences * checked, 1, limit);
    if (layout.draftTokens > 0) this.drafts(ms, perRank, sequences, core / checked, limit);
    this.stages(ms, sequences * checked, layout.stages, limit);
    this.host(ms, limit);
    if (!limit) for (let i = 0; i < SLOT_COUNT; i++) ms[i] = (ms[i] as number) * this.settings.decodeFactor;
  }

  /** One prefill pass of `requests` prompts; long ones go in chunks, which also fill the pipeline. */
  prefill(ms: Float64Array, requests: number, newTokens: number, cachedTokens: number, limit: boolean): void {
    const { architecture: a, layout, settings } = this;
    const requestsPerRank = Math.max(1, requests / layout.attentionDp);
    const tokensPerRank = requestsPerRank * newTokens;
    const chunks = Math.max(1, tokensPerRank / settings.chunkTokens);
    const inFlight = layout.stages > 1 ? Math.max(chunks, requestsPerRank) : chunks;
    const chunk = tokensPerRank / inFlight;
    const all = (requests * newTokens) / inFlight;
    ms.fill(0);
    this.layers(ms, chunk, all, a.denseLayerCount, moeLayerCount(a), true, limit);
    for (let i = 0; i < SLOT_COUNT; i++) ms[i] = (ms[i] as number) * inFlight;
    ms[SLOT.attention] = a.layerCount * this.prefillCoreMs(requestsPerRank, newTokens, cachedTokens, limit);
    this.stretchStages(ms);
    if (layout.stages > 1) {
      const fill = (inFlight + layout.stages - 1) / (inFlight * layout.stages);
      for (let i = 0; i < SLOT_COUNT; i++) ms[i] = (ms[i] as number) * fill;
    }
    this.head(ms, requestsPerRank, requests, 1, limit);
    this.stages(ms, all, layout.stages, limit);
    if (limit) return;
    const { prefillStepMs } = this.operators.profile;
    ms[SLOT.host] = prefillStepMs ?? HOST_GAP_MS.value * inFlight;
    if (prefillStepMs === undefined) this.waitForLaunches(ms, inFlight);
  }

  /** What the device is done with before the host has launched it all. */
  private waitForLaunches(ms: Float64Array, passes: number): void {
    let busy = 0;
    for (let i = 0; i < SLOT_COUNT; i++) busy += ms[i] as number;
    add(ms, SLOT.host, Math.max(0, this.settings.eagerPassMs * passes - busy));
  }

  private prefillCoreMs(requests: number, newTokens: number, cachedTokens: number, limit: boolean): number {
    const core = this.operators.prefillCore;
    const alone = coreMs(core, requests, newTokens, limit);
    if (cachedTokens <= 0) return alone;
    const whole = coreMs(core, requests, newTokens + cachedTokens, limit);
    return Math.max(alone, whole - coreMs(core, requests, cachedTokens, limit));
  }

  /** Everything of the layers but the attention core. */
  private layers(
    ms: Float64Array,
    perRank: number,
    all: number,
    dense: number,
    moe: number,
    prefill: boolean,
    limit: boolean,
  ): void {
    const { layout, operators: o } = this;
    const lr = Math.log(perRank);
    const la = Math.log(all);
    const ffn = layout.attentionDp > 1 ? perRank : all;
    const lf = layout.attentionDp > 1 ? lr : la;
    let linear = ms1(o.kvDown, perRank, lr, limit, prefill) + ms1(o.queryUp, perRank, lr, limit, prefill);
    linear +=
      ms1(o.output, perRank, lr, limit, prefill) +
      ms1(prefill ? o.kvUp : o.absorbed, perRank, lr, limit, prefill);
    for (const part of o.indexer) linear += ms1(part, perRank, lr, limit, prefill);
    add(ms, SLOT.projections, (dense + moe) * linear);
    const experts = ms1(prefill ? o.prefillExperts : o.experts, all, la, limit, prefill);
    const shared = ms1(o.sharedUp, ffn, lf, limit, prefill) + ms1(o.sharedDown, ffn, lf, limit, prefill);
    add(ms, SLOT.experts, moe * experts);
    add(ms, SLOT.shared, moe * shared);
    if (dense > 0) {
      add(
        ms,
        SLOT.dense,
        dense * (ms1(o.denseUp, ffn, lf, limit, prefill) + ms1(o.denseDown, ffn, lf, limit, prefill)),
      );
    }
    add(ms, SLOT.router, moe * ms1(o.router, perRank, lr, limit, prefill));
    const overlap = prefill ? linear + experts + shared : undefined;
    this.communication(ms, perRank, lr, dense + moe, moe, limit, overlap);
    this.elementwise(ms, perRank, dense + moe, prefill, limit);
  }

  private communication(
    ms: Float64Array,
    perRank: number,
    logPerRank: number,
    layers: number,
    moe: number,
    limit: boolean,
    overlapMs: number | undefined,
  ): void {
    const { layout, operators: o } = this;
    if (o.profile.tokenLayerMs !== undefined && layout.ranks <= o.link.domainRanks) return;
    const hidden = this.architecture.hiddenSize;
    if (layout.attentionTp > 1) {
      const each = limit
        ? o.tensorReduce.limitMs(perRank * hidden)
        : o.tensorReduce.at(perRank * hidden, logPerRank + Math.log(hidden));
      add(ms, SLOT.allReduce, (o.exchange === null ? 2 : 1) * layers * each);
    }
    if (o.exchange !== null) {
      add(ms, SLOT.allToAll, moe * exchangeMs(o.exchange, perRank, logPerRank, limit, overlapMs));
    }
  }

  private elementwise(
    ms: Float64Array,
    perRank: number,
    layers: number,
    prefill: boolean,
    limit: boolean,
  ): void {
    const { profile, bytesPerMs } = this.operators;
    const once = (perRank * this.architecture.hiddenSize * 2) / bytesPerMs;
    if (limit) add(ms, SLOT.elementwise, layers * 2 * once);
    else if (profile.tokenLayerMs === undefined) {
      add(ms, SLOT.elementwise, (layers * ELEMENTWISE_PASSES.value * once) / ELEMENTWISE_EFFICIENCY.value);
    } else if (!prefill) add(ms, SLOT.elementwise, layers * profile.tokenLayerMs * perRank);
  }

  /** Under decode-context parallelism partial outputs and their weights meet once a layer. */
  private contextShards(ms: Float64Array, perRank: number, limit: boolean): void {
    const { layout, operators, architecture: a } = this;
    if (layout.contextShards <= 1) return;
    const elements = perRank * layout.heads * layout.contextShards * a.kvLoraRank;
    const reduce = operators.contextReduce;
    const each = limit ? reduce.limitMs(elements) : reduce.at(elements, Math.log(elements));
    add(ms, SLOT.allReduce, a.layerCount * each);
  }

  private head(ms: Float64Array, perRank: number, all: number, times: number, limit: boolean): void {
    const rows = this.layout.attentionDp > 1 ? perRank : all;
    add(ms, SLOT.head, times * ms1(this.operators.head, rows, Math.log(rows), limit));
  }

  /** Draft tokens come one after another, each through the one prediction layer and the head. */
  private drafts(ms: Float64Array, perRank: number, all: number, coreMs: number, limit: boolean): void {
    const { layout, operators: o } = this;
    for (let i = 0; i < layout.draftTokens; i++) {
      add(ms, SLOT.attention, coreMs);
      this.layers(ms, perRank, all, 0, 1, false, limit);
      const rows = layout.attentionDp > 1 ? perRank : all;
      add(ms, SLOT.projections, ms1(o.draftProjection, rows, Math.log(rows), limit));
      this.head(ms, perRank, all, 1, limit);
      if (!limit) add(ms, SLOT.host, DRAFT_GAP_MS.value);
    }
  }

  private stretchStages(ms: Float64Array): void {
    const { stageImbalance } = this.layout;
    if (stageImbalance === 1) return;
    for (let i = 0; i < SLOT_COUNT; i++) ms[i] = (ms[i] as number) * stageImbalance;
  }

  /** Hidden states and residuals pass from stage to stage, over the network once a domain is full. */
  private stages(ms: Float64Array, tokens: number, stages: number, limit: boolean): void {
    if (stages <= 1) return;
    const { link } = this.operators;
    const { ranks } = this.layout;
    const bytes = (2 * tokens * this.architecture.hiddenSize * 2) / ranks;
    const outside = ranks * stages > link.domainRanks;
    const rate = outside ? link.networkBytesPerMs : link.bytesPerMs;
    const latency = PIPELINE_LATENCY_MS.value + (outside ? link.networkLatencyMs : 0);
    add(ms, SLOT.pipeline, stages * ((limit ? 0 : latency) + bytes / rate));
  }

  private host(ms: Float64Array, limit: boolean): void {
    if (limit) return;
    add(
      ms,
      SLOT.host,
      (this.operators.profile.stepMs ?? HOST_GAP_MS.value) + (this.layout.stages - 1) * HOST_GAP_MS.value,
    );
  }
}

/** `overlapMs`: compute of the layer that a prefill's exchange hides behind; absent in decode. */
function exchangeMs(
  exchange: AllToAll,
  tokens: number,
  logTokens: number,
  limit: boolean,
  overlapMs: number | undefined,
): number {
  if (limit) return exchange.limitMs(tokens);
  return overlapMs === undefined ? exchange.at(tokens, logTokens) : exchange.prefillMs(tokens, overlapMs);
}

function add(ms: Float64Array, slot: number, value: number): void {
  ms[slot] = (ms[slot] as number) + value;
}

function ms1(
  operator: TokenOperator,
  tokens: number,
  logTokens: number,
  limit: boolean,
  prefill = false,
): number {
  return limit ? operator.limitMs(tokens) : operator.at(tokens, logTokens, prefill);
}

function coreMs(core: AttentionCore, sequences: number, tokens: number, limit: boolean): number {
  return limit ? core.limitMs(sequences, tokens) : core.at(sequences, tokens);
}
