/**
 * Keeps a plan whole when one of its nouns changes: another number of GPUs needs another layout,
 * another engine other weights. Nothing here asks whether the result fits.
 */
import type { EngineId, LayoutPlan, Plan } from "../../core/domain/plan.ts";
import type { Directory } from "../../../workers/api.ts";

const LAYER_SPLIT: ReadonlySet<EngineId> = new Set(["llama.cpp", "ik_llama.cpp", "ollama"]);
/** Attention heads of this family: tensor parallelism must divide them. */
const HEADS = 128;
const LARGEST_TP = 64;

export const splitsLayers = (engine: EngineId): boolean => LAYER_SPLIT.has(engine);

export const gpuCount = ({ cluster }: Plan): number => cluster.acceleratorsPerNode * cluster.nodes;

/** Another cluster or engine under the same habits: full DP attention stays full, EP stays whole, stages stay stages. */
export function adaptLayout(plan: Plan): Plan {
  const { layout } = plan;
  const gpus = gpuCount(plan);
  if (gpus === 0) {
    return withLayout(plan, {
      tp: 1,
      pp: 1,
      dpAttention: 1,
      ep: 1,
      dcp: 1,
      replicas: 1,
      experts: "cpu",
      disaggregated: null,
    });
  }
  const experts =
    layout.experts === "cpu" && !splitsLayers(plan.engine) && plan.engine !== "ktransformers"
      ? "gpu"
      : layout.experts;
  if (splitsLayers(plan.engine)) {
    return withLayout(plan, {
      tp: 1,
      pp: gpus,
      dpAttention: 1,
      ep: 1,
      dcp: 1,
      replicas: 1,
      experts,
      disaggregated: null,
    });
  }
  const wasFullDp = layout.dpAttention > 1 && layout.dpAttention === layout.tp;
  const wasWholeEp = layout.ep > 1 && layout.ep === layout.tp;
  const pp = stagesFor(plan);
  const tp = gpus / pp;
  return withLayout(plan, {
    tp,
    pp,
    dpAttention: wasFullDp ? tp : 1,
    ep: wasWholeEp ? tp : 1,
    dcp: 1,
    replicas: 1,
    experts,
    disaggregated: null,
  });
}

/** TP over all GPUs where heads divide, else a stage per node, else whatever divides. */
function stagesFor(plan: Plan): number {
  const gpus = gpuCount(plan);
  const fits = (tp: number) => Number.isInteger(tp) && HEADS % tp === 0 && tp <= LARGEST_TP;
  if (plan.layout.pp > 1 && fits(gpus / plan.layout.pp)) return plan.layout.pp;
  for (const pp of [1, plan.cluster.nodes, 2, 3, 5, 6, 7, 9, 10, 12]) {
    if (fits(gpus / pp)) return pp;
  }
  return 1;
}

function withLayout(plan: Plan, layout: LayoutPlan): Plan {
  return { ...plan, layout };
}

/** Engine with weights it can load: kept where it can, else its usual ones. */
export function withEngine(plan: Plan, engine: EngineId, directory: Directory): Plan {
  const loads = (id: string) =>
    directory.weights.find((row) => row.id === id)?.engines.includes(engine) ?? false;
  const usual =
    ["fp8", "gguf:Q4_K_M", "awq-int4", "bf16", "mlx-4bit"].find(loads) ??
    directory.weights.find((row) => loads(row.id))?.id;
  const weights = loads(plan.weights) ? plan.weights : (usual ?? plan.weights);
  const { kvCache: _, ...rest } = plan;
  const keepsCache = splitsLayers(engine) === splitsLayers(plan.engine);
  const moved: Plan = { ...(keepsCache ? plan : rest), engine, weights, options: optionsFor(plan, engine) };
  return splitsLayers(engine) === splitsLayers(plan.engine) ? moved : adaptLayout(moved);
}

/** Engine settings mean nothing to another engine; what describes the weights stays. */
function optionsFor({ engine: before, options }: Plan, engine: EngineId): Plan["options"] {
  if (engine === before) return options;
  const { imatrix, mtpLayer, weightsBytes, acceptanceLength, tensorTypes } = options;
  const quantizes = splitsLayers(before) && splitsLayers(engine);
  return {
    ...(tensorTypes === undefined || !quantizes ? {} : { tensorTypes }),
    ...(imatrix === undefined ? {} : { imatrix }),
    ...(mtpLayer === undefined ? {} : { mtpLayer }),
    ...(weightsBytes === undefined ? {} : { weightsBytes }),
    ...(acceptanceLength === undefined ? {} : { acceptanceLength }),
  };
}

/** Weights with an engine that loads them: the plan's where it can, else the first of the usual ones. */
export function withWeights(before: Plan, weights: string, directory: Directory): Plan {
  const plan = weights === before.weights ? before : withoutRules(before);
  const engines = directory.weights.find((row) => row.id === weights)?.engines ?? [];
  if (engines.includes(plan.engine)) return { ...plan, weights };
  const engine =
    (["sglang", "vllm", "llama.cpp", "tensorrt-llm"] as const).find((id) => engines.includes(id)) ??
    engines[0];
  return engine === undefined ? { ...plan, weights } : { ...withEngine(plan, engine, directory), weights };
}

/** Rules for single tensors belong to the mix that they were written for. */
function withoutRules(plan: Plan): Plan {
  if (plan.options.tensorTypes === undefined) return plan;
  const { tensorTypes: _, ...options } = plan.options;
  return { ...plan, options };
}

export function withCluster(plan: Plan, cluster: Partial<Plan["cluster"]>): Plan {
  const next = { ...plan, cluster: { ...plan.cluster, ...cluster } };
  return gpuCount(next) === gpuCount(plan) && next.layout.disaggregated === null ? next : adaptLayout(next);
}
