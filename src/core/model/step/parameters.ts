/**
 * Every calibrated or assumed number of the step model, in one place.
 *
 * `interval` is the 5-95 % bootstrap over layouts where the number was fitted; `restsOn` says which
 * records or tables hold it. A number that was never fitted says so.
 */
export interface Parameter {
  readonly value: number;
  readonly interval?: readonly [number, number];
  readonly basis: "calibrated" | "assumed";
  readonly restsOn: string;
}

/** Host work between two graph replays: sampling, scheduling, launch gaps; ms a step. */
export const HOST_GAP_MS: Parameter = {
  value: 0.5,
  interval: [0.44, 0.64],
  basis: "calibrated",
  restsOn: "261 serving records of H100, H200, B200, GB200, GB300 (SGLang, TensorRT-LLM)",
};

/** Decode under data-parallel attention: ranks wait for the slowest. */
export const DP_IMBALANCE: Parameter = {
  value: 1.114,
  interval: [1.085, 1.14],
  basis: "calibrated",
  restsOn: "the records of those with data-parallel attention",
};

/** Blackwell under engine builds from before its kernels were tuned. */
export const OLD_SOFTWARE: Parameter = {
  value: 1.32,
  interval: [1.27, 1.39],
  basis: "calibrated",
  restsOn: "B200 records of builds before 2025-12 and of TensorRT-LLM 1.1; hides 0.1 to 0.5 by configuration",
};

export const OLD_SOFTWARE_BEFORE = "2025-12";

/** Share of a link's rate that all-to-all reaches, and what one exchange costs before its first byte. */
export const ALL_TO_ALL_EFFICIENCY: Parameter = {
  value: 0.55,
  basis: "calibrated",
  restsOn: "GB200 and GB300 decode pools with expert parallelism",
};
export const ALL_TO_ALL_LATENCY_MS: Parameter = {
  value: 0.036,
  basis: "calibrated",
  restsOn: "GB200 and GB300 decode pools with expert parallelism",
};

/** All-reduce beyond one scale-up domain: extra latency of a call. */
export const CROSS_NODE_LATENCY_MS: Parameter = {
  value: 0.02,
  basis: "assumed",
  restsOn: "set by hand on three records of two H100 nodes",
};

/** One transfer of activations between pipeline stages: latency. */
export const PIPELINE_LATENCY_MS: Parameter = {
  value: 0.01,
  basis: "assumed",
  restsOn: "no record; latency of a small NCCL send on one node",
};

/** Norms, rope, quantization and residuals read and write the hidden state about this often a layer. */
export const ELEMENTWISE_PASSES: Parameter = {
  value: 12,
  basis: "assumed",
  restsOn: "count of unfused kernels around one layer",
};
export const ELEMENTWISE_EFFICIENCY: Parameter = {
  value: 0.5,
  basis: "assumed",
  restsOn: "small kernels reach half of memory bandwidth",
};

/** Host work of one draft pass of multi-token prediction, ms. */
export const DRAFT_GAP_MS: Parameter = {
  value: 0.15,
  basis: "assumed",
  restsOn: "no record; a third of the host gap of a whole step",
};
