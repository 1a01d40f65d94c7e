/** Frozen for ever: what links of fine-tuning plans within version 1 are measured against. */
import type { LinkBase } from "./link-version.ts";

const BASE = {
  version: 1,
  goal: "finetune",
  model: "deepseek-v3-0324",
  method: "lora",
  base: "bf16",
  adapters: { ranks: { q_a: 16, q_b: 16, kv_a: 16, kv_b: 16, o: 16, shared: 16 } },
  framework: "ktransformers",
  cluster: {
    accelerator: "h200-sxm",
    acceleratorsPerNode: 8,
    nodes: 1,
    hostMemoryGiB: 2048,
    host: "xeon-5th-2s",
  },
  layout: { tp: 1, pp: 1, ep: 1, cp: 1, sharding: "full", offload: "none", experts: "cpu" },
  training: {
    sequenceTokens: 4096,
    microBatch: 1,
    globalBatch: 16,
    recompute: "full",
    optimizer: "adamw",
  },
  data: { tokens: 40_000_000, epochs: 1 },
  result: { form: "merged", weights: "gguf:Q4_K_M" },
} as const;

const DICTIONARY = [
  `"price":{"provider":"Lambda","term":"on-demand","term":"spot","reserved-1y"},"usdPerAcceleratorHour":`,
  `"m3-ultra-512","rtx-pro-6000","rtx-4090","rtx-5090","l40s","h20-141","h20-96","h800-sxm","mi300x","mi325x","mi355x","gb300","gb200","b300-sxm","b200-sxm","a100-80-sxm","h100-sxm"`,
  `"deepseek-v3.1-terminus","deepseek-v3.1","deepseek-v3-base","deepseek-r1-0528","deepseek-r1"`,
  `"evaluationTokens":1000000,"evaluations":4,"learningRate":0.0001,"routerFrozen":true,"target":"slurm","target":"kubernetes"`,
  `"result":{"form":"adapter","weights":"gguf:Q8_0","weights":"fp8","weights":"bf16"}`,
  `{"-":["adapters"],"adapters":{"alpha":32,"experts":[0,1,2,3],"ranks":{"-":["q_a","q_b","kv_a","kv_b","o","shared"],"dense":16,"kv_a":32,"kv_b":8,"o":8,"q_a":8,"q_b":64,"routed":16,"router":8,"shared":32}}`,
  `"base":"int2","base":"int3","base":"int4","base":"int8","base":"fp8","base":"nf4",`,
  `"cluster":{"-":["host","hostMemoryGiB"],"accelerator":"h100-sxm","acceleratorsPerNode":4,"hostMemoryGiB":1024,"nodes":4,"nodes":16},`,
  `"data":{"epochs":3,"tokens":100000000},"framework":"colossalai","xtuner","llamafactory","megatron-bridge","ms-swift",`,
  `"layout":{"cp":8,"ep":8,"ep":32,"experts":"gpu","offload":"parameters","offload":"optimizer","pp":4,"pp":8,"sharding":"full","sharding":"optimizer","tp":8}`,
  `,"method":"full","method":"qlora","model":"deepseek-v3","training":{"globalBatch":32,"globalBatch":64,"microBatch":2,"optimizer":"paged-adamw-8bit","recompute":"selective","recompute":"none","sequenceTokens":8192}}`,
].join("");

export const FINETUNE_BASE: LinkBase = { base: BASE, dictionary: DICTIONARY };
