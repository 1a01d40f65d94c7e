/**
 * From any JSON value to a plan, or to the one thing that is wrong with it.
 *
 * Unknown keys, wrong types, absurd numbers and unknown ids are refused with the path of the field.
 * Defaults follow from the rest of the plan: what an architect would assume who left the field out.
 */
import * as v from "valibot";
import { acceleratorsOf, type EngineId, type LayoutPlan, type Plan, type WorkloadPlan } from "./plan.ts";
import { checkHeader, checkId, describeIssue, dropUndefined } from "./plan-checks.ts";
import { planSchema, type WrittenPlan } from "./plan-schema.ts";
import type { PlanVocabulary } from "./plan-vocabulary.ts";
import type { Problem } from "./problem.ts";
import { fail, ok, type Result } from "./result.ts";

/** Engines that cut a model by whole layers over devices instead of by tensor parallelism. */
const LAYER_SPLIT_ENGINES: ReadonlySet<string> = new Set(["llama.cpp", "ik_llama.cpp", "ollama"]);

/** The plan that the page opens with. */
export const EXAMPLE_PLAN: Plan = {
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
};

/**
 * Checks and completes a plan. Shape, bounds and ids only: whether it fits is the model's answer.
 *
 * Returns a Problem whose path is the field's (`layout.tp`), never throws on any JSON value.
 */
export function parsePlan(input: unknown, vocabulary: PlanVocabulary): Result<Plan, Problem> {
  const header = checkHeader(input, "serve");
  if (header) return fail(header);
  const parsed = v.safeParse(planSchema, input, { abortEarly: true });
  if (!parsed.success) return fail(describeIssue(parsed.issues[0]));
  const written = parsed.output;
  const unknown = checkIds(written, vocabulary) ?? checkCombinations(written);
  return unknown ? fail(unknown) : ok(complete(written));
}

function checkIds(plan: WrittenPlan, vocabulary: PlanVocabulary): Problem | undefined {
  return (
    checkId("model", plan.model, vocabulary.models) ??
    checkId("weights", plan.weights, vocabulary.weights) ??
    checkId("engine", plan.engine, vocabulary.engines) ??
    checkId("cluster.accelerator", plan.cluster.accelerator, vocabulary.accelerators) ??
    checkId("cluster.host", plan.cluster.host, vocabulary.hosts) ??
    checkId("cluster.fabric", plan.cluster.fabric, vocabulary.fabrics)
  );
}

/** Fields that contradict each other, where no single one is out of bounds. */
function checkCombinations(plan: WrittenPlan): Problem | undefined {
  const { cluster, workload } = plan;
  if (cluster.acceleratorsPerNode > 0 && cluster.accelerator === undefined) {
    return {
      path: "cluster.accelerator",
      problem: `required when acceleratorsPerNode is ${cluster.acceleratorsPerNode}`,
    };
  }
  if (workload.concurrency !== undefined && workload.requestsPerSecond !== undefined) {
    return { path: "workload.requestsPerSecond", problem: "give either concurrency or requestsPerSecond" };
  }
  if (workload.arrivals !== undefined && workload.requestsPerSecond === undefined) {
    return {
      path: "workload.arrivals",
      problem: "needs requestsPerSecond: users at once send when they are answered",
    };
  }
  if (plan.weights === "gguf:custom" && plan.options?.weightsBytes === undefined) {
    return { path: "options.weightsBytes", problem: 'required with weights "gguf:custom"' };
  }
  return undefined;
}

function complete(plan: WrittenPlan): Plan {
  return dropUndefined({
    version: 1,
    goal: "serve",
    model: plan.model,
    weights: plan.weights,
    kvCache: plan.kvCache,
    engine: plan.engine as EngineId,
    cluster: { ...plan.cluster },
    layout: completeLayout(plan),
    workload: completeWorkload(plan.workload),
    speculative: plan.speculative ?? "off",
    options: { ...plan.options },
    slo: { ...plan.slo },
    price: plan.price,
    target: plan.target,
  }) as Plan;
}

function completeLayout(plan: WrittenPlan): LayoutPlan {
  const written = plan.layout ?? {};
  const accelerators = acceleratorsOf(plan.cluster);
  const replicas = written.replicas ?? 1;
  const perReplica = Math.max(1, Math.floor(accelerators / replicas));
  const splitsLayers = LAYER_SPLIT_ENGINES.has(plan.engine);
  const tp = written.tp ?? (splitsLayers ? 1 : Math.max(1, Math.floor(perReplica / (written.pp ?? 1))));
  const pp = written.pp ?? (splitsLayers ? Math.max(1, Math.floor(perReplica / tp)) : 1);
  return {
    tp,
    pp,
    dpAttention: written.dpAttention ?? 1,
    ep: written.ep ?? 1,
    dcp: written.dcp ?? 1,
    replicas,
    experts: written.experts ?? (accelerators === 0 ? "cpu" : "gpu"),
    disaggregated: completeDisaggregated(written.disaggregated),
  };
}

function completeDisaggregated(
  written: NonNullable<WrittenPlan["layout"]>["disaggregated"],
): LayoutPlan["disaggregated"] {
  if (written === undefined || written === null) return null;
  const instance = (side: typeof written.prefill) => ({
    gpus: side.gpus,
    tp: side.tp,
    pp: side.pp ?? 1,
    dpAttention: side.dpAttention ?? 1,
    ep: side.ep ?? 1,
  });
  return {
    prefill: instance(written.prefill),
    decode: instance(written.decode),
    prefillReplicas: written.prefillReplicas,
    decodeReplicas: written.decodeReplicas,
  };
}

function completeWorkload(written: WrittenPlan["workload"]): WorkloadPlan {
  const load = written.requestsPerSecond === undefined ? { concurrency: written.concurrency ?? 1 } : {};
  return { ...written, ...load, prefixHitRate: written.prefixHitRate ?? 0 } as WorkloadPlan;
}
