/** Every calibrated or assumed number of the step model, in one place. */
import { fitted, type FittedParameter } from "../fitted-parameter.ts";

/** A number that `npm run calibrate` does not fit: `restsOn` says what holds it, or that nothing does. */
export interface Parameter {
  readonly value: number;
  readonly interval?: readonly [number, number];
  readonly basis: "calibrated" | "assumed";
  readonly restsOn: string;
}

/** Host work between two graph replays: sampling, scheduling, launch gaps; ms a step. */
export const HOST_GAP_MS: FittedParameter = fitted("hostGapMs", {
  unit: "ms a step",
  meaning: "host work between two graph replays: sampling, scheduling, launch gaps",
  start: 0.5,
  bounds: [0.05, 5],
});

/** Decode under data-parallel attention: ranks wait for the slowest. */
export const DP_IMBALANCE: FittedParameter = fitted("dpImbalance", {
  unit: "factor on a decode step",
  meaning: "ranks of data-parallel attention wait for the slowest",
  start: 1.1,
  bounds: [1, 1.6],
});

/** Blackwell under engine builds from before its kernels were tuned. */
export const OLD_SOFTWARE: FittedParameter = fitted("oldBlackwell", {
  unit: "factor on a decode step",
  meaning: "Blackwell under builds from before 2025-12 and under TensorRT-LLM 1.1",
  start: 1.3,
  bounds: [1, 2.5],
});

export const OLD_SOFTWARE_BEFORE = "2025-12";

/** Share of a link's rate that all-to-all reaches, and what one exchange costs before its first byte. */
export const ALL_TO_ALL_EFFICIENCY: FittedParameter = fitted("allToAllEfficiency", {
  unit: "share of the link",
  meaning: "rate that all-to-all reaches inside a scale-up domain",
  start: 0.5,
  bounds: [0.1, 1],
});
export const ALL_TO_ALL_LATENCY_MS: FittedParameter = fitted("allToAllLatencyMs", {
  unit: "ms a layer",
  meaning: "dispatch and combine before their first byte",
  start: 0.036,
  bounds: [0.005, 0.2],
});

/** Share of the link that a prefill's exchange reaches inside a scale-up domain: its messages are long. */
export const PREFILL_EXCHANGE_EFFICIENCY: Parameter = {
  value: 0.95,
  basis: "assumed",
  restsOn: "DeepEP's published normal kernels: 153 to 158 of 160 GB/s on one node of H800",
};

/** Share of the network's rate that a prefill's exchange between nodes reaches. */
export const NETWORK_EXCHANGE_EFFICIENCY: Parameter = {
  value: 0.85,
  basis: "assumed",
  restsOn: "DeepEP's published normal kernels: 43 to 51 of 50 GB/s an adapter, receiving and sending at once",
};

/** A token's experts are picked from this many of the model's groups: it travels to no more nodes. */
export const ROUTING_GROUPS = 8;
export const GROUPS_PER_TOKEN = 4;

/** All-reduce beyond one scale-up domain: extra latency of a call. */
export const CROSS_NODE_LATENCY_MS: Parameter = {
  value: 0.02,
  basis: "assumed",
  restsOn: "set by hand on three records of two H100 nodes",
};

/**
 * Least time of a prefill pass: no graph holds it, so the host launches it kernel by kernel; by engine.
 * Short prompts wait for the launches, long ones hide them.
 */
export const SGLANG_EAGER_PASS_MS: FittedParameter = fitted("sglangEagerPassMs", {
  unit: "ms a pass",
  meaning: "launches of a prefill pass, kernel by kernel, under SGLang",
  start: 60,
  bounds: [5, 200],
});
export const TENSORRT_EAGER_PASS_MS: FittedParameter = fitted("tensorrtEagerPassMs", {
  unit: "ms a pass",
  meaning: "launches of a prefill pass, kernel by kernel, under TensorRT-LLM",
  start: 30,
  bounds: [5, 200],
});
export const OTHER_EAGER_PASS_MS: Parameter = {
  value: 45,
  basis: "assumed",
  restsOn: "no record: between SGLang and TensorRT-LLM",
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
