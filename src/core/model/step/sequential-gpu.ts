/** What a GPU does for a model that runs layer after layer, and how its host's experts reach it. */
import { moeLayerCount } from "../../domain/architecture.ts";
import type { Accelerator } from "../../domain/catalog.ts";
import type { StepModelInput } from "../../domain/step-model.ts";
import * as p from "./sequential-parameters.ts";
import { readBytesPerMs } from "./sequential-unpack.ts";

const DEFAULT_UBATCH = 512;
/** KTransformers prefills long prompts in large chunks. */
const KTRANSFORMERS_CHUNK = 4096;

export interface GpuRates {
  readonly bytesPerMs: number;
  readonly readBytesPerMs: number;
  /** Of matrices of hundreds of megabytes: dense layers and head. */
  readonly largeReadBytesPerMs: number;
  readonly launchMs: number;
  /** Multiplier on costs that are neither bytes nor launches. */
  readonly slowness: number;
  readonly depthMs: number;
  readonly attentionFlopPerMs: number;
  readonly streamBytesPerMs: number;
}

/** MoE layers whose routed experts live in host memory. */
export function hostExpertLayers({ experts, architecture, accelerator }: StepModelInput): number {
  const moe = moeLayerCount(architecture);
  if (accelerator === undefined || experts === "cpu") return moe;
  return experts === "gpu" ? 0 : Math.min(moe, experts.cpuLayers);
}

/** Tokens of one prefill micro-batch. */
export function ubatchOf({ engine, engineVersion, options }: StepModelInput): number {
  if (options.ubatch !== undefined) return options.ubatch;
  if (engine.id === "ktransformers") return options.chunkedPrefill ?? KTRANSFORMERS_CHUNK;
  return engineVersion.defaults.ubatch?.value ?? DEFAULT_UBATCH;
}

export type OffloadPolicy = "always" | "when-faster" | "never";

/** llama.cpp always copies host experts for large batches; ik_llama.cpp's users choose; KTransformers never does. */
export function offloadPolicy({ engine, options }: StepModelInput): OffloadPolicy {
  if (options.opOffload === false || engine.id === "ktransformers") return "never";
  return engine.id === "ik_llama.cpp" ? "when-faster" : "always";
}

/** Rates of one GPU of a layer split: one works at a time. */
export function gpuRates(input: StepModelInput, accelerator: Accelerator): GpuRates {
  const bandwidth = accelerator.memoryBandwidth.value;
  const old = input.engineVersion.date < p.OLD_BUILD_BEFORE;
  const peak = accelerator.peakDense.bf16?.value ?? accelerator.peakDense.fp32?.value;
  const slowness = peak === undefined ? 4 : Math.max(1, p.REFERENCE_BF16 / peak) ** p.COMPUTE_EXPONENT.value;
  const unified = accelerator.kind === "unified-memory";
  const discrete = old ? p.OLD_GPU_READ_EFFICIENCY : p.GPU_READ_EFFICIENCY;
  const efficiency = unified ? p.UNIFIED_READ_EFFICIENCY : discrete;
  const read = readBytesPerMs(input, accelerator, bandwidth * efficiency.value);
  return {
    bytesPerMs: bandwidth / 1e3,
    readBytesPerMs: read,
    largeReadBytesPerMs: unified || old ? read : (bandwidth * p.LARGE_READ_EFFICIENCY.value) / 1e3,
    launchMs: (old ? p.OLD_LAYER_LAUNCH_MS : p.LAYER_LAUNCH_MS).value,
    slowness,
    depthMs: p.DEPTH_MS_PER_LAYER.value * Math.sqrt(p.REFERENCE_BANDWIDTH / bandwidth),
    attentionFlopPerMs: ((peak ?? 25e12) * p.PREFILL_ATTENTION_EFFICIENCY.value) / 1e3,
    streamBytesPerMs:
      Math.min(
        p.EXPERT_STREAM_RATE.value * 1e9,
        (accelerator.pcieOneWay?.value ?? 31.5e9) * p.PCIE_EFFICIENCY.value,
      ) / 1e3,
  };
}
