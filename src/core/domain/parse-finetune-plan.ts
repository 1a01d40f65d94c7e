/** From any JSON value to a fine-tuning plan, or to the one thing that is wrong with it. */
import * as v from "valibot";
import {
  dataParallelRanks,
  type AdapterPlan,
  type BaseFormat,
  type FinetuneMethod,
  type FinetunePlan,
  type FrameworkId,
  type TrainingLayout,
  type TrainingPlan,
} from "./finetune-plan.ts";
import { finetuneSchema, type WrittenFinetunePlan } from "./finetune-schema.ts";
import { checkHeader, checkId, describeIssue, dropUndefined } from "./plan-checks.ts";
import { acceleratorsOf, type ClusterPlan, type Plan } from "./plan.ts";
import type { PlanVocabulary } from "./plan-vocabulary.ts";
import type { Problem } from "./problem.ts";
import { fail, ok, type Result } from "./result.ts";

const BASES: Readonly<Record<FinetuneMethod, readonly BaseFormat[]>> = {
  lora: ["bf16", "fp8", "int8"],
  qlora: ["nf4", "int4", "int3", "int2"],
  full: ["bf16", "fp8"],
};

/** Attention and the shared expert: what every token passes. */
const DEFAULT_RANKS: AdapterPlan["ranks"] = { q_a: 16, q_b: 16, kv_a: 16, kv_b: 16, o: 16, shared: 16 };

/** Below this many accelerators the experts of a 16-bit base have no room beside each other on any of them. */
const EXPERT_PARALLEL_FROM = 16;

/**
 * Checks and completes a fine-tuning plan: shape, bounds, ids, and fields that contradict each other.
 *
 * Returns a Problem whose path is the field's (`adapters.ranks.routed`), never throws on any JSON value.
 */
export function parseFinetunePlan(input: unknown, vocabulary: PlanVocabulary): Result<FinetunePlan, Problem> {
  const header = checkHeader(input, "finetune");
  if (header) return fail(header);
  const parsed = v.safeParse(finetuneSchema, input, { abortEarly: true });
  if (!parsed.success) return fail(describeIssue(parsed.issues[0]));
  const written = parsed.output;
  const wrong = checkIds(written, vocabulary) ?? checkMethod(written);
  return wrong ? fail(wrong) : ok(complete(written));
}

/** Frameworks that share whole layers out (FSDP, ZeRO-3) instead of cutting them. */
const WHOLE_LAYERS: readonly FrameworkId[] = ["ktransformers", "llamafactory", "xtuner"];

/** Where routed experts are trained on the host: what their work needs unless the plan says otherwise. */
export const TRAINING_HOST = { hostMemoryGiB: 2048, host: "xeon-5th-2s" } as const;

/** The run that someone who looks at a serving plan is likely to ask about: same model, same cluster. */
export function finetuneOf(plan: Plan): FinetunePlan {
  const { model, price } = plan;
  const offloads = frameworkFor(plan.cluster) === "ktransformers";
  const cluster: ClusterPlan = {
    ...plan.cluster,
    ...(plan.cluster.acceleratorsPerNode === 0
      ? { accelerator: "h100-sxm", acceleratorsPerNode: 8, nodes: 1 }
      : {}),
    ...(offloads && plan.cluster.hostMemoryGiB === undefined
      ? { hostMemoryGiB: TRAINING_HOST.hostMemoryGiB }
      : {}),
    ...(offloads && plan.cluster.host === undefined ? { host: TRAINING_HOST.host } : {}),
  };
  const suggested = { version: 1, goal: "finetune", model, cluster, data: { tokens: 40_000_000 }, price };
  // Through the schema: its order of fields is that of every other plan, and so of the kits' bytes.
  return complete(v.parse(finetuneSchema, dropUndefined(suggested)));
}

function checkIds(plan: WrittenFinetunePlan, vocabulary: PlanVocabulary): Problem | undefined {
  return (
    checkId("model", plan.model, vocabulary.models) ??
    checkId("cluster.accelerator", plan.cluster.accelerator, vocabulary.accelerators) ??
    checkId("cluster.host", plan.cluster.host, vocabulary.hosts) ??
    checkId("cluster.fabric", plan.cluster.fabric, vocabulary.fabrics) ??
    checkId("result.weights", plan.result?.weights, vocabulary.weights)
  );
}

/** Fields that contradict each other, where no single one is out of bounds. */
function checkMethod(plan: WrittenFinetunePlan): Problem | undefined {
  const method = methodOf(plan);
  const { adapters } = plan;
  if (plan.cluster.accelerator === undefined)
    return { path: "cluster.accelerator", problem: "required, and missing" };
  if (plan.base !== undefined && !BASES[method].includes(plan.base)) {
    const choices = BASES[method].map((base) => `"${base}"`).join(", ");
    return {
      path: "base",
      problem: `expected one of ${choices} with method "${method}", got "${plan.base}"`,
    };
  }
  if (method === "full" && adapters !== undefined)
    return {
      path: "adapters",
      problem: 'full fine-tuning trains the weights themselves; take method "lora"',
    };
  if (method !== "full" && plan.training?.routerFrozen !== undefined)
    return {
      path: "training.routerFrozen",
      problem: 'the router is frozen unless adapters.ranks has "router"',
    };
  if (adapters && Object.values(adapters.ranks).every((rank) => rank === undefined))
    return { path: "adapters.ranks", problem: "names no matrix to adapt" };
  if (adapters?.experts && adapters.ranks.routed === undefined)
    return { path: "adapters.experts", problem: "adapters.ranks.routed is missing" };
  if (method === "full" && plan.result?.form === "adapter")
    return { path: "result.form", problem: "full fine-tuning makes no adapter" };
  return undefined;
}

const methodOf = (plan: WrittenFinetunePlan): FinetuneMethod =>
  plan.method ??
  (plan.base !== undefined && BASES.qlora.includes(plan.base) && plan.base !== "int8" ? "qlora" : "lora");

function complete(plan: WrittenFinetunePlan): FinetunePlan {
  const method = methodOf(plan);
  const framework = plan.framework ?? frameworkFor(plan.cluster as ClusterPlan, method);
  const layout = completeLayout(plan, framework);
  return dropUndefined({
    version: 1,
    goal: "finetune",
    model: plan.model,
    method,
    base: plan.base ?? (method === "qlora" ? "nf4" : "bf16"),
    adapters: method === "full" ? undefined : { ...(plan.adapters ?? { ranks: DEFAULT_RANKS }) },
    framework,
    cluster: { ...plan.cluster },
    layout,
    training: completeTraining(plan, layout),
    data: { ...plan.data, epochs: plan.data.epochs ?? 1 },
    result: {
      form: plan.result?.form ?? "merged",
      weights: plan.result?.weights ?? "gguf:Q4_K_M",
    },
    price: plan.price,
    target: plan.target,
  }) as FinetunePlan;
}

function frameworkFor(cluster: ClusterPlan, method: FinetuneMethod = "lora"): FrameworkId {
  if (method === "qlora") return "llamafactory";
  if (method === "full") return "xtuner";
  return acceleratorsOf(cluster) < EXPERT_PARALLEL_FROM ? "ktransformers" : "ms-swift";
}

function completeLayout(plan: WrittenFinetunePlan, framework: FrameworkId): TrainingLayout {
  const written = plan.layout ?? {};
  const accelerators = acceleratorsOf(plan.cluster);
  const expertParallel = !WHOLE_LAYERS.includes(framework);
  const ep = written.ep ?? (expertParallel ? Math.min(8, accelerators) : 1);
  const rest = Math.max(1, Math.floor(accelerators / ((written.tp ?? 1) * (written.cp ?? 1) * ep)));
  return {
    tp: written.tp ?? 1,
    pp: written.pp ?? (expertParallel ? rest : 1),
    ep,
    cp: written.cp ?? 1,
    sharding:
      written.sharding ??
      (expertParallel ? "optimizer" : framework === "ktransformers" && accelerators === 1 ? "none" : "full"),
    offload: written.offload ?? "none",
    experts: written.experts ?? (framework === "ktransformers" ? "cpu" : "gpu"),
  };
}

function completeTraining(plan: WrittenFinetunePlan, layout: TrainingLayout): TrainingPlan {
  const written = plan.training ?? {};
  const dp = Math.max(1, Math.floor(dataParallelRanks({ cluster: plan.cluster as ClusterPlan, layout })));
  const microBatch = written.microBatch ?? 1;
  const together = dp * microBatch;
  return {
    ...written,
    sequenceTokens: written.sequenceTokens ?? 4096,
    microBatch,
    globalBatch: written.globalBatch ?? together * Math.ceil(Math.max(16, together) / together),
    recompute: written.recompute ?? "full",
    optimizer: written.optimizer ?? "adamw",
  } as TrainingPlan;
}
