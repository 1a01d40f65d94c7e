/**
 * Every calibrated or assumed number of the layer-after-layer world (llama.cpp and its kin), in one
 * place. `restsOn` names what holds a number; "assumed" ones were never fitted.
 */
import type { Parameter } from "./parameters.ts";

/** Kernel launches and small kernels of one layer on a GPU at batch 1, ms; builds of 2026. */
export const LAYER_LAUNCH_MS: Parameter = {
  value: 0.215,
  interval: [0.198, 0.232],
  basis: "calibrated",
  restsOn: "42 decode rows of full-size layers on one H200, llama.cpp v0.5.0",
};
/** The same before 2026. */
export const OLD_LAYER_LAUNCH_MS: Parameter = {
  value: 0.282,
  interval: [0.28, 0.32],
  basis: "calibrated",
  restsOn: "120 CPU-only, hybrid and all-GPU decode records of 24 machines, each machine weighted alike",
};
export const OLD_BUILD_BEFORE = "2026";

/** Share of a GPU's specified bandwidth at which quantized weights are read. */
export const GPU_READ_EFFICIENCY: Parameter = {
  value: 0.68,
  interval: [0.6, 0.75],
  basis: "calibrated",
  restsOn: "the H200 layers (3255 of 4800 GB/s); published records give 0.77 (0.62-0.96)",
};
export const OLD_GPU_READ_EFFICIENCY: Parameter = {
  value: 0.6,
  interval: [0.55, 0.96],
  basis: "calibrated",
  restsOn: "120 CPU-only, hybrid and all-GPU decode records of 24 machines, each machine weighted alike",
};

/** The same on unified memory. */
export const UNIFIED_READ_EFFICIENCY: Parameter = {
  value: 0.75,
  basis: "assumed",
  restsOn: "one record of an M3 Ultra (19.9 tokens/s, Q4_K_M); two more of quality C agree",
};

/** Each further sequence of a small batch costs this much a layer on the reference GPU, ms. */
export const EXTRA_SEQUENCE_MS: Parameter = {
  value: 0.057,
  interval: [0.049, 0.065],
  basis: "calibrated",
  restsOn: "batched decode of H200 layers, 1 to 64 sequences",
};

/** Reading the cache at depth: ms a layer for each 1024 tokens and sequence, on the reference GPU. */
export const DEPTH_MS_PER_LAYER: Parameter = {
  value: 0.0014,
  interval: [0.0012, 0.0016],
  basis: "calibrated",
  restsOn:
    "decode of H200 layers at 0 to 65536 tokens (840 GB/s); published records agree within their scatter",
};

/** GPU on which the layer costs were measured: what other GPUs are scaled from. */
export const REFERENCE_BANDWIDTH = 4.8e12;
export const REFERENCE_BF16 = 989.5e12;
/** Costs that are neither bytes nor launches grow with the inverse of compute to this power. */
export const COMPUTE_EXPONENT: Parameter = {
  value: 0.42,
  basis: "calibrated",
  restsOn: "prefill per layer of H200, MI300X, RTX PRO 6000 and RTX 3090 (14 records)",
};

/** Prefill of one MoE layer on the reference GPU, ms: per token of a micro-batch, and once a micro-batch by type. */
export const PREFILL_TOKEN_MS: Parameter = {
  value: 0.0148,
  interval: [0.0132, 0.018],
  basis: "calibrated",
  restsOn: "prefill of H200 layers at micro-batches of 512 and 2048, seven types",
};
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

/** Read rate of types whose unpacking costs more than their bytes, against the others; from H200 layers. */
const SLOW_TYPES: readonly (readonly [RegExp, number])[] = [
  [/^gguf:Q3_K/, 0.4],
  [/^gguf:(Q6_K|IQ3)/, 0.62],
];

export function typeReadShare(weights: string): number {
  return SLOW_TYPES.find(([pattern]) => pattern.test(weights))?.[1] ?? 1;
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
export const CPU_READ_EFFICIENCY: Parameter = {
  value: 0.9,
  interval: [0.63, 0.95],
  basis: "calibrated",
  restsOn: "120 CPU-only, hybrid and all-GPU decode records of 24 machines, each machine weighted alike",
};
/** What a second socket adds to one without a copy of the weights on each. */
export const NAIVE_SECOND_SOCKET: Parameter = {
  value: 0.42,
  basis: "calibrated",
  restsOn: "five two-socket machines that scatter between 0 and 1: barely identified",
};
/** Threads meeting at every operator, dequantization, attention: ms a token on a CPU alone. */
export const CPU_TOKEN_MS: Parameter = {
  value: 62,
  interval: [38, 70],
  basis: "calibrated",
  restsOn: "120 CPU-only, hybrid and all-GPU decode records of 24 machines, each machine weighted alike",
};
/** Of that, what is left when a GPU does everything but the experts. */
export const HYBRID_TOKEN_SHARE: Parameter = {
  value: 0.18,
  basis: "calibrated",
  restsOn: "120 CPU-only, hybrid and all-GPU decode records of 24 machines, each machine weighted alike",
};
export const CPU_DEPTH_MS: Parameter = {
  value: 3.66,
  interval: [2.4, 12],
  basis: "calibrated",
  restsOn: "CPU-only records at depth; one machine sets it",
};
/** Achievable bandwidth of a host without a measured one. */
export const STREAM_SHARE: Parameter = {
  value: 0.8,
  basis: "assumed",
  restsOn: "usual STREAM share of specified host bandwidth",
};

/** Rate at which expert tensors stream to a GPU for large batches, B/s: pageable host memory binds, not PCIe 5.0. */
export const EXPERT_STREAM_RATE: Parameter = {
  value: 16e9,
  interval: [9e9, 17e9],
  basis: "calibrated",
  restsOn: "hybrid prefill at micro-batches of 2048 and 4096 on PCIe 4.0 and 5.0",
};
export const PCIE_EFFICIENCY: Parameter = {
  value: 0.5,
  basis: "assumed",
  restsOn: "pageable copies reach about half of a link",
};
/** Micro-batch from which llama.cpp copies host experts to the GPU. */
export const OFFLOAD_FROM_TOKENS = 32;

/** Multiply-accumulate rate of one CPU core on quantized weights, GFLOP/s. */
export const CPU_CORE_GFLOPS: Parameter = {
  value: 98,
  basis: "calibrated",
  restsOn: "prefill of EPYC 9004 (113 a core) and Xeon 6980P (83-130 a core) under ik_llama.cpp",
};
/** llama.cpp's own CPU GEMM against ik_llama.cpp's. */
export const PLAIN_CPU_GEMM: Parameter = {
  value: 0.65,
  basis: "calibrated",
  restsOn: "EPYC 9004 and Cobalt 100 pairs: 26 against 49 and 43 against 70 tokens/s",
};
/** AMX kernels of KTransformers against AVX-512. */
export const AMX_GEMM: Parameter = {
  value: 2,
  basis: "calibrated",
  restsOn: "KTransformers on two Xeon of the fourth generation: 88 against 255 tokens/s",
};
