/**
 * Every calibrated or assumed number of the layer-after-layer world (llama.cpp and its kin), in one
 * place. `restsOn` names what holds a number; "assumed" ones were never fitted.
 */
import type { GgmlType } from "../../domain/tensor.ts";
import { fitted, type FittedParameter } from "../fitted-parameter.ts";
import type { Parameter } from "./parameters.ts";

/** Kernel launches and small kernels of one layer on a GPU at batch 1, ms; builds of 2026. */
export const LAYER_LAUNCH_MS: FittedParameter = fitted("layerLaunchMs", {
  unit: "ms a layer",
  meaning: "kernel launches and small kernels of one layer on a GPU, builds of 2026",
  start: 0.215,
  bounds: [0.05, 1],
});
/** The same before 2026. */
export const OLD_LAYER_LAUNCH_MS: FittedParameter = fitted("oldLayerLaunchMs", {
  unit: "ms a layer",
  meaning: "the same before 2026",
  start: 0.3,
  bounds: [0.05, 1],
});
export const OLD_BUILD_BEFORE = "2026";

/** Share of a GPU's specified bandwidth at which quantized weights are read. */
export const GPU_READ_EFFICIENCY: FittedParameter = fitted("gpuReadEfficiency", {
  unit: "share of specified bandwidth",
  meaning: "rate at which a GPU reads quantized weights, builds of 2026",
  start: 0.7,
  bounds: [0.2, 1],
});
export const OLD_GPU_READ_EFFICIENCY: FittedParameter = fitted("oldGpuReadEfficiency", {
  unit: "share of specified bandwidth",
  meaning: "the same before 2026",
  start: 0.7,
  bounds: [0.2, 1],
});

/** Large matrices keep every unit busy; those of single experts do not. */
export const LARGE_READ_EFFICIENCY: Parameter = {
  value: 0.9,
  basis: "calibrated",
  restsOn: "slices of one to two H200 layers, where dense layer and head are most of the time",
};

/** FP32 peak of the GPUs that gave the rates of unpacking: it is done by the same units. */
export const REFERENCE_FP32 = 67e12;

const H200_SLICES =
  "difference between slices of few and of more layers of one H200, a layer's launches at 0.19 ms";
const unpackRate = (value: number, restsOn = H200_SLICES): Parameter => ({
  value,
  basis: "calibrated",
  restsOn,
});
const AS_IQ3_XXS: Parameter = {
  value: 3700e9,
  basis: "assumed",
  restsOn: "no slice: taken to be as IQ3_XXS",
};

/** Weights a second that such a GPU unpacks and multiplies, by type. Types left out keep up with memory there. */
export const UNPACK_RATES: Partial<Readonly<Record<GgmlType, Parameter>>> = {
  q8_0: unpackRate(2830e9),
  q6_K: unpackRate(2420e9),
  q5_K: unpackRate(4040e9),
  q4_K: unpackRate(5460e9),
  q3_K: unpackRate(2130e9),
  q2_K: unpackRate(
    3520e9,
    "slices of one H100 (planner-data/measurements/unseen.json), a layer's launches at 0.19 ms",
  ),
  iq3_xxs: unpackRate(3700e9),
  iq3_s: AS_IQ3_XXS,
  iq2_xxs: AS_IQ3_XXS,
  iq2_xs: AS_IQ3_XXS,
  iq2_s: AS_IQ3_XXS,
  iq1_s: AS_IQ3_XXS,
  iq1_m: AS_IQ3_XXS,
  mxfp4: unpackRate(4330e9),
};

/** The read efficiency on unified memory. */
export const UNIFIED_READ_EFFICIENCY: Parameter = {
  value: 0.75,
  basis: "assumed",
  restsOn: "one record of an M3 Ultra (19.9 tokens/s, Q4_K_M); two more of quality C agree",
};

/** Each further sequence of a small batch costs this much a layer on the reference GPU, ms. */
export const EXTRA_SEQUENCE_MS: FittedParameter = fitted("extraSequenceMs", {
  unit: "ms a layer and sequence",
  meaning: "each further sequence of a small batch on an H200",
  start: 0.057,
  bounds: [0.01, 0.2],
});

/** Reading the cache at depth: ms a layer for each 1024 tokens and sequence, on the reference GPU. */
export const DEPTH_MS_PER_LAYER: FittedParameter = fitted("depthMsPerLayer", {
  unit: "ms a layer, 1024 tokens and sequence",
  meaning: "reading the cache at depth on an H200",
  start: 0.0014,
  bounds: [0.0002, 0.01],
});

/** GPU on which the layer costs were measured: what other GPUs are scaled from. */
export const REFERENCE_BANDWIDTH = 4.8e12;
export const REFERENCE_BF16 = 989.5e12;
/** Costs that are neither bytes nor launches grow with the inverse of compute to this power. */
export const COMPUTE_EXPONENT: FittedParameter = fitted("computeExponent", {
  unit: "power of the BF16 peak",
  meaning: "how costs that are neither bytes nor launches grow on slower GPUs",
  start: 0.5,
  bounds: [0.1, 1.2],
});

/** Prefill of one MoE layer on the reference GPU, ms: per token of a micro-batch, and once a micro-batch by type. */
export const PREFILL_TOKEN_MS: FittedParameter = fitted("prefillTokenMs", {
  unit: "ms a layer and token",
  meaning: "prefill of one MoE layer on an H200, per token of a micro-batch",
  start: 0.0148,
  bounds: [0.003, 0.05],
});
/** Preparing all experts of a layer for one micro-batch; by type, from the same rows. */
const PREFILL_LAYER_MS: readonly (readonly [RegExp, number])[] = [
  [/^gguf:Q4_K/, 11.4],
  [/^gguf:Q5_K/, 12],
  [/^gguf:Q6_K/, 13.6],
  [/^gguf:Q8_0/, 7.7],
  [/^gguf:IQ4/, 7.8],
  [/^gguf:MXFP4/, 3.6],
  [/^gguf:(I?Q[123]|custom)/, 1],
];
const OTHER_PREFILL_LAYER_MS = 8;

export function prefillLayerMs(weights: string): number {
  return PREFILL_LAYER_MS.find(([pattern]) => pattern.test(weights))?.[1] ?? OTHER_PREFILL_LAYER_MS;
}

/** Sampling and synchronization between two tokens on a GPU, ms. */
export const TOKEN_GAP_MS: Parameter = {
  value: 0.2,
  basis: "calibrated",
  restsOn: "what slices of one to six H200 layers leave over at no layers",
};
/** Attention of prefill at depth: share of the dense BF16 peak at absorbed FLOP. */
export const PREFILL_ATTENTION_EFFICIENCY: Parameter = {
  value: 0.7,
  basis: "calibrated",
  restsOn: "RTX PRO 6000 prefill at 0 to 16384 tokens (4 records)",
};

/** Share of achievable host bandwidth at which a CPU reads quantized weights. */
export const CPU_READ_EFFICIENCY: FittedParameter = fitted("cpuReadEfficiency", {
  unit: "share of achievable bandwidth",
  meaning: "rate at which a CPU reads quantized weights",
  start: 0.8,
  bounds: [0.3, 1],
});
/** What a second socket adds to one without a copy of the weights on each. */
export const NAIVE_SECOND_SOCKET: FittedParameter = fitted("naiveSecondSocket", {
  unit: "share of a socket",
  meaning: "what a second socket adds without a copy of the weights on each",
  start: 0.4,
  bounds: [0.05, 1],
});
/** Threads meeting at every operator, dequantization, attention: ms a token on a CPU alone. */
export const CPU_TOKEN_MS: FittedParameter = fitted("cpuTokenMs", {
  unit: "ms a token",
  meaning: "threads meeting at every operator, unpacking, attention, on a CPU alone",
  start: 55,
  bounds: [10, 150],
});
/** Of that, what is left when a GPU does everything but the experts. */
export const HYBRID_TOKEN_SHARE: FittedParameter = fitted("hybridTokenShare", {
  unit: "share of that",
  meaning: "what is left when a GPU does all but the experts",
  start: 0.2,
  bounds: [0.02, 1],
});
export const CPU_DEPTH_MS: FittedParameter = fitted("cpuDepthMs", {
  unit: "ms a token and 1024 tokens",
  meaning: "attention of a CPU at depth",
  start: 3.1,
  bounds: [0.5, 15],
});
/** Achievable bandwidth of a host without a measured one. */
export const STREAM_SHARE: Parameter = {
  value: 0.8,
  basis: "assumed",
  restsOn: "usual STREAM share of specified host bandwidth",
};

/** Rate at which expert tensors stream to a GPU for large batches, B/s: pageable host memory binds, not PCIe 5.0. */
export const EXPERT_STREAM_RATE: FittedParameter = fitted("expertStreamRate", {
  unit: "GB/s",
  meaning: "rate at which expert tensors stream to a GPU for large batches: pageable host memory binds",
  start: 14,
  bounds: [4, 30],
});
export const PCIE_EFFICIENCY: Parameter = {
  value: 0.5,
  basis: "assumed",
  restsOn: "pageable copies reach about half of a link",
};
/** Micro-batch from which llama.cpp copies host experts to the GPU. */
export const OFFLOAD_FROM_TOKENS = 32;

/** Multiply-accumulate rate of one CPU core on quantized weights, GFLOP/s. */
export const CPU_CORE_GFLOPS: FittedParameter = fitted("cpuCoreGflops", {
  unit: "GFLOP/s a core",
  meaning: "multiply-accumulate rate on quantized weights",
  start: 98,
  bounds: [20, 300],
});
/** llama.cpp's own CPU GEMM against ik_llama.cpp's. */
export const PLAIN_CPU_GEMM: FittedParameter = fitted("plainCpuGemm", {
  unit: "share",
  meaning: "GEMM of llama.cpp on a CPU against ik_llama.cpp",
  start: 0.6,
  bounds: [0.2, 1],
});
/** AMX kernels of KTransformers against AVX-512. */
export const AMX_GEMM: FittedParameter = fitted("amxGemm", {
  unit: "factor",
  meaning: "AMX kernels of KTransformers against AVX-512",
  start: 2,
  bounds: [1, 5],
});
