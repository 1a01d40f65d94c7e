/**
 * Time of one step of engines that run a model layer after layer: llama.cpp, ik_llama.cpp, Ollama,
 * KTransformers, MLX; on GPUs, on a CPU, on both, on unified memory.
 */
import { moeLayerCount, type MlaArchitecture } from "../../domain/architecture.ts";
import type { EstimateBasis } from "../../domain/provenance.ts";
import type { StepModel, StepModelInput } from "../../domain/step-model.ts";
import type { Bound, OperatorTime, StepTime } from "../../domain/step.ts";
import {
  gpuRates,
  hostExpertLayers,
  offloadPolicy,
  ubatchOf,
  type GpuRates,
  type OffloadPolicy,
} from "./sequential-gpu.ts";
import { hostRates, type HostRates } from "./sequential-cpu.ts";
import * as p from "./sequential-parameters.ts";
import { parameterCounts, sequentialWeights, type SequentialWeights } from "./sequential-weights.ts";

const SLOT = { experts: 0, attention: 1, projections: 2, shared: 3, dense: 4, head: 5, host: 6 } as const;
const SLOTS = 7;
/** Below this share of bandwidth a launch-bound GPU step is bound by latency. */
const LATENCY_RATIO = 3;

class SequentialStepModel implements StepModel {
  readonly basis: EstimateBasis;
  private readonly a: MlaArchitecture;
  private readonly w: SequentialWeights;
  private readonly gpu: GpuRates | null;
  private readonly host: HostRates | null;
  private readonly hostLayers: number;
  private readonly ubatch: number;
  private readonly offload: OffloadPolicy;
  private readonly prefillFixedMs: number;
  private readonly scratch = new Float64Array(SLOTS);

  constructor(input: StepModelInput, w: SequentialWeights, gpu: GpuRates | null, host: HostRates | null) {
    this.a = input.architecture;
    this.w = w;
    this.gpu = gpu;
    this.host = host;
    this.hostLayers = hostExpertLayers(input);
    this.ubatch = ubatchOf(input);
    this.offload = offloadPolicy(input);
    this.prefillFixedMs = p.prefillLayerMs(input.weights.id);
    this.basis = basisOf(input, w);
  }

  decodeMs(batch: number, contextTokens: number): number {
    this.fillDecode(this.scratch, batch, contextTokens);
    return total(this.scratch);
  }

  prefillMs(requests: number, newTokens: number, cachedTokens: number): number {
    this.fillPrefill(this.scratch, requests, newTokens, cachedTokens);
    return total(this.scratch);
  }

  decode(batch: number, contextTokens: number): StepTime {
    const ms = new Float64Array(SLOTS);
    this.fillDecode(ms, batch, contextTokens);
    return this.describe("decode", ms, batch, contextTokens);
  }

  prefill(requests: number, newTokens: number, cachedTokens: number): StepTime {
    const ms = new Float64Array(SLOTS);
    this.fillPrefill(ms, requests, newTokens, cachedTokens);
    return this.describe("prefill", ms, requests * newTokens, cachedTokens + newTokens);
  }

  private distinct(tokens: number): number {
    const { routedExpertCount: n, expertsPerToken: k } = this.a;
    return n * (1 - (1 - k / n) ** tokens);
  }

  /** Bytes of the parts that every step reads once. */
  private fillDecode(ms: Float64Array, batch: number, context: number): void {
    const { a, w, gpu, host } = this;
    const moe = moeLayerCount(a);
    const share = this.distinct(batch) / a.routedExpertCount;
    const gpuExperts = (moe - this.hostLayers) * w.expertsPerLayer * share;
    const hostExperts = this.hostLayers * w.expertsPerLayer * share;
    ms.fill(0);
    const read = gpu?.readBytesPerMs ?? host?.readBytesPerMs ?? 1;
    ms[SLOT.experts] = (gpuExperts > 0 ? gpuExperts / read : 0) + this.hostExpertMs(hostExperts, batch);
    ms[SLOT.projections] = (a.layerCount * w.attentionPerLayer) / read;
    ms[SLOT.shared] = (moe * w.sharedPerLayer) / read;
    const large = gpu?.largeReadBytesPerMs ?? read;
    ms[SLOT.dense] = (a.denseLayerCount * w.densePerLayer) / large;
    ms[SLOT.head] = w.head / large;
    if (gpu !== null) this.gpuDecodeCosts(ms, gpu, batch, context);
    else this.cpuDecodeCosts(ms, batch, context);
  }

  private hostExpertMs(bytes: number, batch: number): number {
    if (bytes === 0 || this.host === null) return 0;
    const flop = 2 * batch * this.hostLayers * this.activeExpertParameters();
    return Math.max(bytes / this.host.readBytesPerMs, flop / this.host.flopPerMs);
  }

  private activeExpertParameters(): number {
    const counts = parameterCounts(this.a);
    return (counts.experts * this.a.expertsPerToken) / this.a.routedExpertCount;
  }

  private gpuDecodeCosts(ms: Float64Array, gpu: GpuRates, batch: number, context: number): void {
    const { a } = this;
    ms[SLOT.attention] = a.layerCount * batch * (context / 1024) * gpu.depthMs;
    const extra = (batch - 1) * p.EXTRA_SEQUENCE_MS.value;
    const tiles = this.prefillFixedMs + p.PREFILL_TOKEN_MS.value * batch;
    const onGpu = moeLayerCount(a) - this.hostLayers;
    ms[SLOT.experts] = (ms[SLOT.experts] as number) + onGpu * gpu.slowness * Math.min(extra, tiles);
    ms[SLOT.host] = a.layerCount * gpu.launchMs + p.TOKEN_GAP_MS.value;
    if (this.hostLayers > 0) {
      const part = this.hostLayers / Math.max(1, moeLayerCount(a));
      ms[SLOT.host] = (ms[SLOT.host] as number) + p.CPU_TOKEN_MS.value * p.HYBRID_TOKEN_SHARE.value * part;
    }
  }

  private cpuDecodeCosts(ms: Float64Array, batch: number, context: number): void {
    const layers = this.a.layerCount / 61;
    ms[SLOT.attention] = layers * batch * (context / 1024) * p.CPU_DEPTH_MS.value;
    ms[SLOT.host] = layers * p.CPU_TOKEN_MS.value;
  }

  private fillPrefill(ms: Float64Array, requests: number, newTokens: number, cached: number): void {
    ms.fill(0);
    const tokens = requests * newTokens;
    const passes = Math.ceil(tokens / this.ubatch);
    const per = tokens / passes;
    const depth = cached + newTokens / 2;
    if (this.gpu === null) this.cpuPrefill(ms, passes, per, depth);
    else this.gpuPrefill(ms, this.gpu, passes, per, depth);
  }

  private gpuPrefill(ms: Float64Array, gpu: GpuRates, passes: number, per: number, depth: number): void {
    const { a } = this;
    const layers = a.layerCount;
    const moe = moeLayerCount(a);
    const onGpu = moe - this.hostLayers;
    const streamed = this.streams(gpu, per);
    const hostMs = this.hostLayers === 0 ? 0 : streamed ? this.streamMs(gpu) : this.hostGemmMs(per);
    const computing = onGpu + (streamed ? this.hostLayers : 0);
    const expertMs = computing * gpu.slowness * this.layerPrefillMs(per);
    ms[SLOT.experts] = passes * (hostMs + expertMs * 0.75);
    ms[SLOT.projections] = passes * (expertMs * 0.25 + (layers - computing) * gpu.slowness * 0.0045 * per);
    ms[SLOT.attention] = (passes * per * absorbedFlop(a) * layers * depth) / gpu.attentionFlopPerMs;
    ms[SLOT.head] = this.w.head / gpu.readBytesPerMs;
    ms[SLOT.host] = passes * layers * gpu.launchMs;
  }

  private layerPrefillMs(tokens: number): number {
    const law = this.prefillFixedMs + p.PREFILL_TOKEN_MS.value * tokens;
    return Math.min(law, tokens * p.EXTRA_SEQUENCE_MS.value + 0.2);
  }

  private streams(gpu: GpuRates, per: number): boolean {
    if (this.hostLayers === 0 || this.offload === "never" || per < p.OFFLOAD_FROM_TOKENS) return false;
    return this.offload === "always" || this.streamMs(gpu) < this.hostGemmMs(per);
  }

  private streamMs(gpu: GpuRates): number {
    return (this.hostLayers * this.w.expertsPerLayer) / gpu.streamBytesPerMs;
  }

  private hostGemmMs(per: number): number {
    const { host, w } = this;
    if (host === null) return 0;
    const flop = 2 * per * this.hostLayers * this.activeExpertParameters();
    const bytes = (this.hostLayers * w.expertsPerLayer * this.distinct(per)) / this.a.routedExpertCount;
    return flop / host.flopPerMs + bytes / host.readBytesPerMs;
  }

  private cpuPrefill(ms: Float64Array, passes: number, per: number, depth: number): void {
    const { a, w, host } = this;
    if (host === null) return;
    const n = parameterCounts(a);
    const moe = moeLayerCount(a);
    const part = (parameters: number, bytes: number) =>
      passes * ((2 * per * parameters) / host.flopPerMs + bytes / host.readBytesPerMs);
    const touched = this.distinct(per) / a.routedExpertCount;
    ms[SLOT.experts] = part(moe * this.activeExpertParameters(), moe * w.expertsPerLayer * touched);
    ms[SLOT.projections] = part(a.layerCount * n.attention, a.layerCount * w.attentionPerLayer);
    ms[SLOT.shared] = part(moe * n.shared, moe * w.sharedPerLayer);
    ms[SLOT.dense] = part(a.denseLayerCount * n.dense, a.denseLayerCount * w.densePerLayer);
    ms[SLOT.head] = w.head / host.readBytesPerMs;
    ms[SLOT.attention] = (passes * per * absorbedFlop(a) * a.layerCount * depth * 0.65) / host.flopPerMs;
    ms[SLOT.host] = (passes * p.CPU_TOKEN_MS.value * a.layerCount) / 61;
  }

  private describe(kind: StepTime["kind"], ms: Float64Array, batch: number, context: number): StepTime {
    const operators: OperatorTime[] = [];
    const limits = this.limits(kind, batch, context);
    NAMES.forEach((name, slot) => {
      const time = ms[slot] as number;
      if (time <= 0) return;
      const limitMs = limits[slot] as number;
      operators.push({
        ...name,
        name: this.nameOf(slot, name.name),
        ms: time,
        ...(slot === SLOT.host ? {} : { limitMs: Math.min(limitMs, time) }),
        bound: this.bound(slot, kind, time, limitMs),
        basis: this.basis,
      });
    });
    return { kind, batch, contextTokens: context, totalMs: total(ms), operators, basis: this.basis };
  }

  private nameOf(slot: number, usual: string): string {
    if (slot === SLOT.experts && this.hostLayers > 0) return "Routed experts (host memory)";
    return slot === SLOT.host && this.gpu === null ? "Threads and dequantization" : usual;
  }

  private bound(slot: number, kind: StepTime["kind"], time: number, limit: number): Bound {
    if (slot === SLOT.host) return "host";
    if (kind === "prefill") return this.hostLayers > 0 && slot === SLOT.experts ? "host" : "compute";
    return time > LATENCY_RATIO * limit ? "latency" : "bandwidth";
  }

  /** Every byte once at full bandwidth; prefill only reads its weights once. */
  private limits(kind: StepTime["kind"], batch: number, context: number): number[] {
    const { a, w, gpu, host } = this;
    const moe = moeLayerCount(a);
    const peak = gpu?.bytesPerMs ?? host?.peakBytesPerMs ?? 1;
    const share = this.distinct(batch) / a.routedExpertCount;
    const gpuBytes = (moe - this.hostLayers) * w.expertsPerLayer * share;
    const hostBytes = this.hostLayers * w.expertsPerLayer * share;
    const sequences = kind === "decode" ? batch : 1;
    return [
      gpuBytes / peak + (host === null ? 0 : hostBytes / host.peakBytesPerMs),
      (a.layerCount * sequences * context * 2 * (a.kvLoraRank + a.ropeHeadDim)) / peak,
      (a.layerCount * w.attentionPerLayer) / peak,
      (moe * w.sharedPerLayer) / peak,
      (a.denseLayerCount * w.densePerLayer) / peak,
      w.head / peak,
      0,
    ];
  }
}

const NAMES = [
  { id: "routed-experts", name: "Routed experts", hue: "experts" },
  { id: "attention-core", name: "Attention core", hue: "kv" },
  { id: "mla-projections", name: "MLA projections", hue: "dense" },
  { id: "shared-expert", name: "Shared expert", hue: "dense" },
  { id: "dense-ffn", name: "Dense layers", hue: "dense" },
  { id: "lm-head", name: "LM head", hue: "dense" },
  { id: "host", name: "Launches and threads", hue: "runtime" },
] as const;

function total(ms: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < SLOTS; i++) sum += ms[i] as number;
  return sum;
}

/** FLOP of absorbed attention for one token over one token of context in one layer. */
function absorbedFlop(a: MlaArchitecture): number {
  return 2 * a.headCount * (2 * a.kvLoraRank + a.ropeHeadDim);
}

function basisOf(input: StepModelInput, w: SequentialWeights): EstimateBasis {
  const { accelerator } = input;
  if (accelerator === undefined) return input.host === undefined ? "extrapolated" : "calibrated";
  if (hostExpertLayers(input) > 0) return accelerator.vendor === "NVIDIA" ? "calibrated" : "extrapolated";
  return accelerator.id === "h200-sxm" && w.exact ? "calibrated" : "extrapolated";
}

/**
 * How long a step takes where layers run one after another.
 *
 *   GPU      bytes / (e BW) + layers (t0 + depth) + (B - 1) c
 *   CPU      bytes / (e BW) + t0 + depth
 *   hybrid   experts at the host's rate, everything else at the GPU's
 *
 * Per      instance; layer split over several devices adds none: one device works at a time.
 * Throws   RangeError where weights' bytes or the host's bandwidth are not known.
 * Source   full-size layers on one H200; published llama.cpp, ik_llama.cpp and KTransformers runs.
 */
export function createSequentialStepModel(input: StepModelInput): StepModel {
  const weights = sequentialWeights(input);
  if (weights === null) throw new RangeError("the bytes of these weights are not known");
  const host = hostRates(input);
  const needsHost = input.accelerator === undefined || hostExpertLayers(input) > 0;
  if (needsHost && host === null) throw new RangeError("the host's memory bandwidth is not known");
  const gpu = input.accelerator === undefined ? null : gpuRates(input, input.accelerator);
  return new SequentialStepModel(input, weights, gpu, needsHost ? host : null);
}
