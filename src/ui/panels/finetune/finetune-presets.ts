import type { Preset } from "../../plan/presets.ts";

const base = { version: 1, goal: "finetune", model: "deepseek-v3-0324", data: { tokens: 40_000_000 } };
const host = { host: "xeon-5th-2s", hostMemoryGiB: 2048 };
const ATTENTION = { q_a: 16, q_b: 16, kv_a: 16, kv_b: 16, o: 16 };

/** The runs that people ask about first, as JSON that `parseFinetunePlan` completes. */
export const FINETUNE_PRESETS: readonly Preset[] = [
  {
    name: "LoRA on 4 nodes of 8 × H200",
    remark: "ms-swift, EP 8, PP 4",
    plan: {
      ...base,
      framework: "ms-swift",
      cluster: { accelerator: "h200-sxm", acceleratorsPerNode: 8, nodes: 4 },
    },
  },
  {
    name: "LoRA on one H200, experts in host memory",
    remark: "KTransformers, BF16",
    plan: {
      ...base,
      framework: "ktransformers",
      cluster: { accelerator: "h200-sxm", acceleratorsPerNode: 1, nodes: 1, ...host },
      training: { sequenceTokens: 2048 },
    },
  },
  {
    name: "LoRA over the published FP8, one RTX PRO 6000",
    remark: "KTransformers, host of 1 TB",
    plan: {
      ...base,
      framework: "ktransformers",
      base: "fp8",
      cluster: {
        accelerator: "rtx-pro-6000",
        acceleratorsPerNode: 1,
        nodes: 1,
        host: "xeon-5th-2s",
        hostMemoryGiB: 1024,
      },
      training: { sequenceTokens: 2048 },
    },
  },
  {
    name: "QLoRA on 4 × A100 80 GB, experts in host memory",
    remark: "KTransformers, INT4",
    plan: {
      ...base,
      method: "qlora",
      base: "int4",
      framework: "ktransformers",
      cluster: {
        accelerator: "a100-80-sxm",
        acceleratorsPerNode: 4,
        nodes: 1,
        host: "xeon-4th-2s",
        hostMemoryGiB: 512,
      },
      layout: { sharding: "full" },
      training: { sequenceTokens: 2048 },
    },
  },
  {
    name: "QLoRA in NF4 on 8 × H200",
    remark: "LLaMA-Factory, FSDP",
    plan: {
      ...base,
      method: "qlora",
      framework: "llamafactory",
      adapters: { ranks: ATTENTION },
      cluster: { accelerator: "h200-sxm", acceleratorsPerNode: 8, nodes: 1 },
    },
  },
  {
    name: "All weights on 16 nodes of 8 × H100",
    remark: "XTuner, ZeRO-3, all offloaded",
    plan: {
      ...base,
      method: "full",
      framework: "xtuner",
      cluster: { accelerator: "h100-sxm", acceleratorsPerNode: 8, nodes: 16, ...host },
      layout: { sharding: "full", offload: "parameters" },
    },
  },
  {
    name: "All weights on 16 nodes of 8 × B300, FP8",
    remark: "Megatron-Bridge, EP 8, PP 16",
    plan: {
      ...base,
      method: "full",
      base: "fp8",
      framework: "megatron-bridge",
      cluster: { accelerator: "b300-sxm", acceleratorsPerNode: 8, nodes: 16 },
      layout: { ep: 8, pp: 16 },
    },
  },
];
