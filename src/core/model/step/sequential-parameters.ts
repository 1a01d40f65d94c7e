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
  value: 0.3,
  interval: [0.28, 0.32],
  basis: "calibrated",
  restsOn: "104 published hybrid and all-GPU records of 2025",
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
  value: 0.77,
  interval: [0.62, 0.96],
  basis: "calibrated",
  restsOn: "104 published hybrid and all-GPU records of 2025",
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
  value: 0.33,
  basis: "calibrated",
  restsOn: "prefill per layer of H200, RTX PRO 6000 and RTX 3090 (11 records)",
};

/** Prefill of one MoE layer on the reference GPU: fixed part of a micro-batch (expert tiles), and per token; ms. */
export const PREFILL_LAYER_MS: Parameter = {
  value: 12,
  basis: "calibrated",
  restsOn: "prefill of H200 layers at micro-batches of 512 and 2048",
};
export const PREFILL_TOKEN_MS: Parameter = {
  value: 0.0146,
  basis: "calibrated",
  restsOn: "prefill of H200 layers at micro-batches of 512 and 2048",
};
/** Attention of prefill at depth: share of the dense BF16 peak at absorbed FLOP. */
export const PREFILL_ATTENTION_EFFICIENCY: Parameter = {
  value: 0.5,
  basis: "calibrated",
  restsOn: "RTX PRO 6000 prefill at 0 to 16384 tokens (4 records)",
};

/** Share of achievable host bandwidth at which a CPU reads quantized weights. */
export const CPU_READ_EFFICIENCY: Parameter = {
  value: 0.68,
  interval: [0.63, 0.74],
  basis: "calibrated",
  restsOn: "48 CPU-only records of seven machines",
};
/** Threads meeting at every operator, dequantization, attention: ms a token on a CPU alone. */
export const CPU_TOKEN_MS: Parameter = {
  value: 51,
  interval: [38, 66],
  basis: "calibrated",
  restsOn: "48 CPU-only records of seven machines",
};
/** Of that, what is left when a GPU does everything but the experts. */
export const HYBRID_TOKEN_SHARE: Parameter = {
  value: 0.25,
  basis: "assumed",
  restsOn: "set beside the hybrid fit, not fitted",
};
export const CPU_DEPTH_MS: Parameter = {
  value: 3.1,
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

/** Rate at which expert tensors stream to a GPU for large batches, as a share of its PCIe link. */
export const PCIE_STREAM_SHARE: Parameter = {
  value: 0.45,
  basis: "calibrated",
  restsOn: "hybrid prefill records: 12 to 17 GB/s through PCIe 4.0 x16, twice that through 5.0",
};
/** Micro-batch from which llama.cpp copies host experts to the GPU. */
export const OFFLOAD_FROM_TOKENS = 32;

/** Multiply-accumulate rate of one CPU core on quantized weights, GFLOP/s. */
export const CPU_CORE_GFLOPS: Parameter = {
  value: 90,
  basis: "calibrated",
  restsOn: "prefill of EPYC 9004 (113 a core) and Xeon 6980P (83-130 a core) under ik_llama.cpp",
};
/** llama.cpp's own CPU GEMM against ik_llama.cpp's. */
export const PLAIN_CPU_GEMM: Parameter = {
  value: 0.55,
  basis: "calibrated",
  restsOn: "EPYC 9004 and Cobalt 100 pairs: 26 against 49 and 43 against 70 tokens/s",
};
/** AMX kernels of KTransformers against AVX-512. */
export const AMX_GEMM: Parameter = {
  value: 2.5,
  basis: "calibrated",
  restsOn: "KTransformers on two Xeon of the fourth generation: 88 against 255 tokens/s",
};
