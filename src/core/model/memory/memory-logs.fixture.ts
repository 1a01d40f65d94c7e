/**
 * Memory that engines wrote in their logs, one row a log. Reshaped from the measurement records of class
 * engine-memory and from llama-server logs; `source` is where the log stands.
 */
import { EXAMPLE_PLAN } from "../../domain/parse-plan.ts";
import type { KvCacheType, OptionsPlan, Plan } from "../../domain/plan.ts";
import { GIB, MIB } from "../../units/quantity.ts";

export type LoggedFigure = "weights" | "kvCache" | "kvCacheTokens" | "inUse" | "kvCacheAllRanks";

export interface LoggedRow {
  readonly id: string;
  readonly source: string;
  readonly plan: Plan;
  readonly measured: Partial<Readonly<Record<LoggedFigure, number>>>;
  /** Facts that the log does not give and the plan assumes; empty: full information. */
  readonly assumed: readonly string[];
}

const serving = (engine: Plan["engine"], options: OptionsPlan): Plan => ({
  ...EXAMPLE_PLAN,
  model: "deepseek-r1",
  engine,
  kvCache: "bf16",
  workload: { ...EXAMPLE_PLAN.workload, concurrency: 1 },
  options,
});

interface IkRun {
  readonly context: number;
  readonly cache: KvCacheType;
  readonly gpus: number;
  readonly fileGiB: number;
  readonly ubatch: number;
}

const ik = (run: IkRun): Plan => ({
  ...serving("ik_llama.cpp", {
    contextLength: run.context,
    ubatch: run.ubatch,
    slots: 1,
    weightsBytes: Math.round(run.fileGiB * GIB),
  }),
  weights: "gguf:custom",
  kvCache: run.cache,
  cluster: { accelerator: "rtx-3090", acceleratorsPerNode: run.gpus, nodes: 1, hostMemoryGiB: 1024 },
  layout: { ...EXAMPLE_PLAN.layout, tp: 1, pp: Math.max(1, run.gpus), experts: "cpu" },
  workload: { inputTokens: 256, outputTokens: 256, concurrency: 1, prefixHitRate: 0 },
});

const IK = "https://github.com/ikawrakow/ik_llama.cpp/";

const ikRow = (id: string, thread: string, kvMib: number, run: IkRun): LoggedRow => ({
  id,
  source: IK + thread,
  plan: ik(run),
  measured: { kvCacheAllRanks: kvMib * MIB },
  assumed: ["accelerator", "which experts stay on the GPUs"],
});

export const LOGGED_ROWS: readonly LoggedRow[] = [
  {
    id: "mem-t02-vllm: vLLM 0.7, 8 x H200, utilization 0.85",
    source: "user's log, 2025-03-15",
    plan: serving("vllm", { engineVersion: "0.7.3", memFraction: 0.85 }),
    measured: { weights: 83.88 * GIB, kvCache: 21.43 * GIB, kvCacheTokens: 294_688 },
    assumed: [],
  },
  {
    id: "mem-t03-vllm: vLLM 0.12, 8 GPUs of H200's size",
    source: "captured log, 2025-12-03",
    plan: serving("vllm", { engineVersion: "0.12.0" }),
    measured: { weights: 79.739 * GIB, kvCache: 41.6 * GIB, kvCacheTokens: 635_648 },
    assumed: ["accelerator", "utilization (default 0.9)"],
  },
  {
    id: "mem-t07-sglang: SGLang 0.4.2, 8 x H200, while serving",
    source: "https://github.com/sgl-project/sglang/issues/3196",
    plan: serving("sglang", { engineVersion: "0.4.2" }),
    measured: { inUse: 124_657 * MIB },
    assumed: ["cache type", "blocks that PyTorch's allocator keeps"],
  },
  ikRow("ik 296", "issues/296", 72.91, {
    context: 2048,
    cache: "q8_0",
    gpus: 0,
    fileGiB: 386.183,
    ubatch: 512,
  }),
  ikRow("ik 296", "issues/296", 1166.62, {
    context: 32_768,
    cache: "q8_0",
    gpus: 0,
    fileGiB: 386.183,
    ubatch: 512,
  }),
  ikRow("ik 305", "issues/305", 549, { context: 8192, cache: "f16", gpus: 4, fileGiB: 226.003, ubatch: 512 }),
  ikRow("ik 596", "issues/596", 1098, {
    context: 16_384,
    cache: "f16",
    gpus: 3,
    fileGiB: 246.446,
    ubatch: 4096,
  }),
  ikRow("ik 235", "pull/235", 2196, {
    context: 32_768,
    cache: "f16",
    gpus: 10,
    fileGiB: 227.689,
    ubatch: 512,
  }),
  ikRow("ik 235", "pull/235", 1372.5, {
    context: 20_480,
    cache: "f16",
    gpus: 15,
    fileGiB: 227.689,
    ubatch: 512,
  }),
  ikRow("ik 237", "pull/237", 10_980, {
    context: 163_840,
    cache: "f16",
    gpus: 15,
    fileGiB: 227.689,
    ubatch: 1024,
  }),
];

/*
 * Rows of the same table that no estimate can be held to, and what they lack:
 *   mem-t00-vllm 337,024 tokens     accelerator, free memory at start
 *   mem-t01-vllm 303,296 tokens     accelerator; its ratio to mem-t00 is checked
 *   mem-t05-vllm 1,214,464 tokens   accelerator; another model's cache (V3.2)
 *   Kimi-K2 715,072 tokens          another model's weights
 *   mem-t09-sglang 41.72 GiB        accelerator and layout
 *   KTransformers, two rows         context, batch, expert format
 *   Ollama 446.3 GiB                context; a file without MLA's latent cache
 *   ik_llama.cpp compute buffers    formula of its own (-mla, -amb), not known
 */
