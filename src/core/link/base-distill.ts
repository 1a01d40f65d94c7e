/**
 * What links of distillation plans within version 1 are measured against. Its owner sets it when the
 * distillation view is released; from then on it is frozen for ever, as the others are.
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
    answerTokens: 2048,
    samplesPerPrompt: 1,
    acceptanceRate: 0.7,
  },
  student: {
    id: "deepseek-r1-distill-qwen-7b",
    method: "lora",
    rank: 16,
    gpu: "h100-sxm",
    count: 1,
    epochs: 2,
    sequenceTokens: 4096,
  },
  edge: { device: "laptop-16", weights: "gguf:Q4_K_M", contextTokens: 8192 },
} as const;

export const DISTILL_BASE: LinkBase = { base: BASE, dictionary: "" };
