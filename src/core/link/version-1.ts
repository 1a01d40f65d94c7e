/**
 * Frozen for ever: what links that begin with "1." are measured against. Changing a character here
 * breaks every link that was ever sent; a new need is a new version beside it.
 */
import { DISTILL_BASE } from "./base-distill.ts";
import { FINETUNE_BASE } from "./base-finetune.ts";
import type { LinkVersion } from "./link-version.ts";

/** A copy of the page's opening plan on the day that version 1 was frozen, not the live one. */
const BASE = {
  version: 1,
  goal: "serve",
  model: "deepseek-v3-0324",
  weights: "fp8",
  engine: "sglang",
  cluster: { accelerator: "h200-sxm", acceleratorsPerNode: 8, nodes: 1 },
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
  workload: { inputTokens: 1024, outputTokens: 1024, concurrency: 64, prefixHitRate: 0 },
  speculative: "off",
  options: {},
  slo: { ttftMs: 2000, tpotMs: 50 },
} as const;

/**
 * Text that deltas are likely to repeat. Keys in the order that sorting gives them; what is wanted
 * most stands last, where distances are shortest.
 */
const DICTIONARY = [
  `","flashAttention":true,"opOffload":false,"numa":"distribute","isolate","duplicate","none"`,
  `"Vultr","Crusoe","GCP","Azure","OCI","Vast.ai","RunPod","Nebius","CoreWeave","AWS","price":{"provider":"Lambda","term":"on-demand","term":"spot","reserved-1y","reserved-3y"},"usdPerAcceleratorHour":`,
  `"goal":"finetune","goal":"distill",`,
  `"requestsPerSecond":,"contextDepth":,"prefixHitRate":0.5`,
  `{"disaggregated":{"decode":{"dpAttention":8,"ep":8,"gpus":8,"pp":1,"tp":8},"decodeReplicas":1,"prefill":{"dpAttention":1,"ep":1,"gpus":8,"pp":1,"tp":8},"prefillReplicas":1}`,
  `"tr-pro-9000","desktop-2ch","xeon6-6900p-mrdimm-2s","xeon-4th-2s","epyc-7003-2s","epyc-9004-2s","nvlink5","roce-400g","hostMemoryBandwidth":,"hostMemoryGiB":1024,"hostMemoryGiB":2048,"host":"xeon-5th-2s","host":"epyc-9005-2s","sockets":2,"fabric":"infiniband-400g"`,
  `"m3-ultra-512","rtx-pro-6000","rtx-4090","rtx-5090","l40s","dgx-spark","gh200-96","h20-141","h20-96","h800-sxm"`,
  `"mi300x","mi325x","mi355x","a100-40-sxm","a100-80-sxm","gb300","gb200","b300-sxm","b200-sxm","h100-sxm"`,
  `"ktransformers","ik_llama.cpp","ollama","lmdeploy","mlx","atom","tensorrt-llm","llama.cpp","vllm"`,
  `"deepseek-v3.1-terminus","deepseek-v3.1","deepseek-v3-base","deepseek-r1-0528","deepseek-r1"`,
  `"weights":"gguf:custom","bf16","int8","awq-int4","w4afp8","mxfp4","nvfp4","gguf:IQ2_XXS","gguf:IQ1_S","gguf:Q8_0","gguf:Q2_K","gguf:Q4_K_M"`,
  `"options":{"acceptanceLength":1.8,"batch":2048,"chunkedPrefill":8192,"contextLength":8192,"engineVersion":"","imatrix":true,"maxRunningRequests":256,"memFraction":0.88,"moeTp":1,"mtpLayer":true,"schedulerInterval":1,"slots":1,"threads":64,"ubatch":512,"weightsBytes":}`,
  `"kvCache":"f16","kvCache":"q8_0","kvCache":"bf16","kvCache":"fp8"`,
  `,"speculative":"mtp3","speculative":"mtp1","slo":{"-":["tpotMs","ttftMs"],"tpotMs":100,"tpotMs":20,"ttftMs":500,"ttftMs":1000,"ttftMs":5000}`,
  `{"cluster":{"-":["accelerator"],"accelerator":"","acceleratorsPerNode":0,"acceleratorsPerNode":4,"nodes":4,"nodes":2},"engine":"vllm",`,
  `"layout":{"cpuLayers":58,"experts":"cpu","experts":{"cpuLayers":,"dcp":8,"dpAttention":8,"ep":8,"pp":2,"pp":8,"replicas":2,"tp":16,"tp":1}`,
  `,"model":"deepseek-v3","weights":"bf16","workload":{"-":["concurrency"],"concurrency":1,"concurrency":256,"concurrency":128,"inputTokens":8192,"inputTokens":4096,"inputTokens":2048,"outputTokens":512,"outputTokens":256}}`,
].join("");

/** Order and names are frozen too: a link holds the number. */
const GOALS = [
  { goal: "finetune", ...FINETUNE_BASE },
  { goal: "distill", ...DISTILL_BASE },
] as const;

export const VERSION_1: LinkVersion = { base: BASE, dictionary: DICTIONARY, goals: GOALS };
