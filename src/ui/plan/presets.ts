import { EXAMPLE_PLAN } from "../../core/domain/parse-plan.ts";

/** Starting points, as JSON that `parsePlan` completes: the machines people ask about first. */
export interface Preset {
  readonly name: string;
  readonly remark: string;
  readonly plan: object;
}

const base = { version: 1, goal: "serve", model: "deepseek-v3-0324", slo: EXAMPLE_PLAN.slo };
const chat = { inputTokens: 1024, outputTokens: 1024, concurrency: 64 };
const alone = { inputTokens: 2048, outputTokens: 512, concurrency: 1 };

export const PRESETS: readonly Preset[] = [
  { name: "8 × H200, FP8", remark: "SGLang, TP 8", plan: EXAMPLE_PLAN },
  {
    name: "8 × B200, NVFP4",
    remark: "TensorRT-LLM, TP 8, EP 8",
    plan: {
      ...base,
      weights: "nvfp4",
      engine: "tensorrt-llm",
      cluster: { accelerator: "b200-sxm", acceleratorsPerNode: 8, nodes: 1 },
      layout: { tp: 8, ep: 8 },
      workload: chat,
    },
  },
  {
    name: "2 nodes of 8 × H100, FP8",
    remark: "vLLM, TP 8, PP 2",
    plan: {
      ...base,
      weights: "fp8",
      engine: "vllm",
      cluster: { accelerator: "h100-sxm", acceleratorsPerNode: 8, nodes: 2 },
      layout: { tp: 8, pp: 2 },
      workload: chat,
    },
  },
  {
    name: "8 × A100 80 GB, AWQ INT4",
    remark: "vLLM, TP 8",
    plan: {
      ...base,
      weights: "awq-int4",
      engine: "vllm",
      cluster: { accelerator: "a100-80-sxm", acceleratorsPerNode: 8, nodes: 1 },
      layout: { tp: 8 },
      workload: { ...chat, concurrency: 16 },
    },
  },
  {
    name: "8 × A100 80 GB, Q4_K_M",
    remark: "llama.cpp, layers over 8",
    plan: {
      ...base,
      weights: "gguf:Q4_K_M",
      engine: "llama.cpp",
      cluster: { accelerator: "a100-80-sxm", acceleratorsPerNode: 8, nodes: 1 },
      layout: { tp: 1, pp: 8 },
      workload: { ...alone, concurrency: 4 },
    },
  },
  {
    name: "EPYC and one RTX 4090, Q4_K_M",
    remark: "llama.cpp, experts in host memory",
    plan: {
      ...base,
      weights: "gguf:Q4_K_M",
      engine: "llama.cpp",
      cluster: {
        accelerator: "rtx-4090",
        acceleratorsPerNode: 1,
        nodes: 1,
        host: "epyc-9005-1s",
        hostMemoryGiB: 768,
      },
      layout: { experts: "cpu" },
      workload: alone,
      slo: {},
    },
  },
  {
    name: "Mac Studio, M3 Ultra 512 GB, Q4_K_M",
    remark: "llama.cpp, unified memory",
    plan: {
      ...base,
      weights: "gguf:Q4_K_M",
      engine: "llama.cpp",
      cluster: { accelerator: "m3-ultra-512", acceleratorsPerNode: 1, nodes: 1 },
      workload: alone,
      slo: {},
    },
  },
  {
    name: "72-GPU rack of GB200, NVFP4",
    remark: "TensorRT-LLM, 9 replicas of DP attention 8, EP 8",
    plan: {
      ...base,
      weights: "nvfp4",
      engine: "tensorrt-llm",
      cluster: { accelerator: "gb200", acceleratorsPerNode: 4, nodes: 18, fabric: "nvl72" },
      layout: { tp: 8, dpAttention: 8, ep: 8, replicas: 9 },
      workload: { ...chat, concurrency: 2304 },
    },
  },
  {
    name: "8 × MI300X, FP8",
    remark: "SGLang, TP 8",
    plan: {
      ...base,
      weights: "fp8",
      engine: "sglang",
      cluster: { accelerator: "mi300x", acceleratorsPerNode: 8, nodes: 1 },
      workload: chat,
    },
  },
];
