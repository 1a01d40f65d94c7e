/** Fine-tuning plans whose kits are judged and kept as goldens. */
import { catalog } from "../../../../planner-data.ts";
import type { FinetunePlan } from "../../../domain/finetune-plan.ts";
import type { Kit } from "../../../domain/kit.ts";
import type { Problem } from "../../../domain/problem.ts";
import type { Result } from "../../../domain/result.ts";
import { evaluateFinetune } from "../../../model/finetune/evaluate-finetune.ts";
import { cluster, planOf } from "../../../model/finetune/testing/plan-of.ts";
import { compileFinetuneKit } from "../compile-finetune-kit.ts";

export interface FinetuneCase {
  readonly name: string;
  readonly plan: FinetunePlan;
}

const xeon = { host: "xeon-5th-2s", hostMemoryGiB: 2048 };
const held = { tokens: 4e7, epochs: 2, evaluationTokens: 1e6, evaluations: 4 };
const every = { q_a: 8, q_b: 8, kv_a: 8, o: 8, dense: 8, shared: 8 };

export const GOLDEN_CASES: readonly FinetuneCase[] = [
  {
    name: "finetune-ktransformers-bf16-1xh200",
    plan: planOf({ framework: "ktransformers", cluster: cluster("h200-sxm", 1, 1, xeon), data: held }),
  },
  {
    name: "finetune-ms-swift-4x8xh200-slurm",
    plan: planOf({
      model: "deepseek-v3-0324",
      framework: "ms-swift",
      adapters: { ranks: every },
      cluster: cluster("h200-sxm", 4),
      data: held,
      result: { form: "adapter", weights: "fp8" },
      target: "slurm",
    }),
  },
  {
    name: "finetune-megatron-bridge-full-fp8-16x8xb300",
    plan: planOf({
      method: "full",
      base: "fp8",
      framework: "megatron-bridge",
      cluster: cluster("b300-sxm", 16),
      layout: { ep: 8, pp: 16 },
      result: { weights: "fp8" },
    }),
  },
  {
    name: "finetune-megatron-bridge-4x8xh200-kubernetes",
    plan: planOf({
      framework: "megatron-bridge",
      adapters: { ranks: every },
      cluster: cluster("h200-sxm", 4),
      data: held,
      target: "kubernetes",
    }),
  },
];

export const MORE_CASES: readonly FinetuneCase[] = [
  {
    name: "ms-swift on Kubernetes, four nodes",
    plan: planOf({
      framework: "ms-swift",
      adapters: { ranks: every },
      cluster: cluster("h200-sxm", 4),
      target: "kubernetes",
    }),
  },
  {
    name: "KTransformers on Kubernetes, one node",
    plan: planOf({
      framework: "ktransformers",
      cluster: cluster("h200-sxm", 1, 1, xeon),
      target: "kubernetes",
    }),
  },
  {
    name: "KTransformers, INT8, experts adapted too",
    plan: planOf({
      framework: "ktransformers",
      base: "int8",
      adapters: { ranks: { ...every, routed: 8 } },
      cluster: cluster("h200-sxm", 1, 2, xeon),
      training: { recompute: "none", optimizer: "paged-adamw-8bit", sequenceTokens: 2048 },
    }),
  },
  {
    name: "KTransformers, INT4",
    plan: planOf({ framework: "ktransformers", base: "int4", cluster: cluster("h200-sxm", 1, 4, xeon) }),
  },
  {
    name: "KTransformers, the published FP8, adapter alone",
    plan: planOf({
      framework: "ktransformers",
      base: "fp8",
      adapters: { ranks: { o: 8, dense: 8, shared: 8 }, dropout: 0.05 },
      cluster: cluster("h200-sxm", 1, 1, xeon),
      result: { form: "adapter", weights: "gguf:Q8_0" },
    }),
  },
  {
    name: "ms-swift, full, router frozen, selective, optimizer on the host",
    plan: planOf({
      method: "full",
      framework: "ms-swift",
      cluster: cluster("b300-sxm", 16, 8, { hostMemoryGiB: 4096 }),
      layout: { tp: 2, pp: 8, ep: 8, offload: "optimizer" },
      training: { recompute: "selective", routerFrozen: true, globalBatch: 64 },
      data: held,
    }),
  },
  {
    name: "Megatron-Bridge, LoRA on all groups, 8-bit moments, context parallel, IQ2_XXS",
    plan: planOf({
      framework: "megatron-bridge",
      adapters: { ranks: { ...every, kv_b: 8, routed: 8, router: 8 } },
      cluster: cluster("h200-sxm", 8),
      layout: { ep: 8, pp: 4, cp: 2 },
      training: { optimizer: "adamw-8bit", sequenceTokens: 32768, globalBatch: 32 },
      data: held,
      result: { weights: "gguf:IQ2_XXS" },
    }),
  },
];

export function compileCase(plan: FinetunePlan, link = "1.AAAA"): Result<Kit, Problem> {
  const model = catalog.models.get("deepseek-v3");
  if (!model) throw new Error("no deepseek-v3");
  const accelerator = catalog.accelerators.get(plan.cluster.accelerator ?? "");
  const host = catalog.hosts.get(plan.cluster.host ?? "");
  const framework = catalog.trainingFrameworks.get(plan.framework);
  if (!framework) throw new Error(plan.framework);
  return compileFinetuneKit({
    plan,
    estimate: evaluateFinetune(plan, { catalog }),
    model: catalog.models.get(plan.model) ?? model,
    framework,
    ...(accelerator ? { accelerator } : {}),
    ...(host ? { sockets: host.sockets } : {}),
    needsImatrix: catalog.weightFormats.get(plan.result.weights)?.needsImatrix === true,
    link,
  });
}

export function kitOf(plan: FinetunePlan): Kit {
  const kit = compileCase(plan);
  if (!kit.ok) throw new Error(`${kit.error.path}: ${kit.error.problem}`);
  return kit.value;
}

export function textOf(kit: Kit, path: string): string {
  const file = kit.files.find((one) => one.path === path);
  if (!file) throw new Error(`no ${path} in ${kit.name}`);
  return file.text;
}
