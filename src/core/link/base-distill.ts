/**
 * What links of distillation plans within version 1 are measured against. Frozen: a link
 * made today opens for ever.
 */
import type { LinkBase } from "./link-version.ts";

const BASE = {
  version: 1,
  goal: "distill",
  model: "deepseek-v3-0324",
  cluster: { accelerator: "h200-sxm", acceleratorsPerNode: 8, nodes: 1 },
  teacher: {
    weights: "fp8",
    engine: "sglang",
    layout: {
      tp: 8,
      pp: 1,
      dpAttention: 1,
      ep: 1,
      dcp: 1,
      replicas: 1,
      experts: "gpu",
      disaggregated: null,
    },
    options: {},
    speculative: "off",
  },
  job: {
    samples: 100_000,
    promptTokens: 512,
    answerTokens: 4096,
    samplesPerPrompt: 1,
    acceptanceRate: 0.75,
  },
  student: {
    id: "qwen3-8b",
    method: "full",
    gpu: "h100-sxm",
    count: 8,
    epochs: 2,
    sequenceTokens: 8192,
    microBatch: 1,
    globalBatch: 32,
    recompute: true,
    optimizer: "adamw",
    fusedLoss: true,
    packing: true,
  },
  edge: {
    device: "iphone-17-pro",
    weights: "gguf:Q4_K_M",
    imatrix: false,
    contextTokens: 8192,
    cache: "f16",
  },
  service: { requestsPerDay: 1000, promptTokens: 512, answerTokens: 4096 },
} as const;

export const DISTILL_BASE: LinkBase = { base: BASE, dictionary: "" };
