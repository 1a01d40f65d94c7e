/** What one instance can hold, worked out once for all its loads and replicas. */
import type { Catalog } from "../domain/catalog.ts";
import type { Plan, WorkloadPlan } from "../domain/plan.ts";
import type { SearchCause } from "../domain/search.ts";
import { shardWeights } from "../tensors/shard-weights.ts";
import { checkInstance } from "../model/memory/check-layout.ts";
import { estimateMemory } from "../model/memory/estimate-memory.ts";
import { estimateInstance, maxRunningRequests } from "../model/memory/instance-memory.ts";
import { llamaVerdict } from "../model/memory/llama-memory.ts";
import type { MemoryFacts } from "../model/memory/memory-facts.ts";
import { placementBytes } from "../model/memory/placement-bytes.ts";
import { usersThatFit, workloadTokens } from "../model/memory/workload-tokens.ts";
import { runsSequentially } from "../model/serving/step-models.ts";

/** Users that fit over all replicas, or why the load does not. */
export type MemoryVerdict =
  | { readonly fits: true; readonly limit: number | undefined }
  | { readonly fits: false; readonly cause: SearchCause };

/** Answers for plans of one instance: other loads, other replicas. */
export interface InstanceMemoryJudge {
  /** Set where no load can be: layout, weights, runtime. */
  readonly refusal: SearchCause | undefined;
  /** `plan` is called for where the answer needs the whole plan of the load. */
  judge(workload: WorkloadPlan, replicas: number, plan: () => Plan): MemoryVerdict;
}

const UNCUT = { tp: 1, pp: 1, dpAttention: 1, ep: 1 };

const refused = (cause: SearchCause): InstanceMemoryJudge => ({
  refusal: cause,
  judge: () => ({ fits: false, cause }),
});

/**
 * Memory of an instance, cheap and exact checks first: divisibility, weights of a rank, then what is left.
 *
 * Agrees with `estimateMemory` on what fits, and on how many users do where that changes speed.
 * `heaviest` is the same instance under the heaviest load that will be asked for.
 */
export function judgeInstance(
  plan: Plan,
  facts: MemoryFacts,
  catalog: Catalog,
  heaviest: () => Plan,
): InstanceMemoryJudge {
  if (runsSequentially(plan.engine)) return judgeLocal(plan, facts, catalog, heaviest);
  const { device, format } = facts;
  if (!device || format.family === "gguf") return refused("engine");
  const { tp, pp, dpAttention, ep, dcp, replicas } = plan.layout;
  const instance = { prefix: "", tp, pp, dpAttention, ep, dcp, replicas, holdsWholeRequests: true };
  const { architecture } = facts.model;
  if (checkInstance(plan, architecture, instance).length > 0) return refused("layout");
  const mtpLayer = plan.speculative !== "off";
  // cut over so many ranks the fullest holds at least its share of the whole: most layouts end here
  const options = { engine: plan.engine, mtpLayer };
  const whole = shardWeights(architecture, plan.weights, UNCUT, options)[0]?.total ?? 0;
  if (whole > tp * pp * device.capacity) return refused("memory-weights");
  for (const shard of shardWeights(architecture, plan.weights, instance, options)) {
    if (shard.total > device.capacity) return refused("memory-weights");
  }
  const memory = estimateInstance(plan, facts, device, instance);
  return judgeServer(plan, facts, memory);
}

interface StageRoom {
  readonly weights: number;
  readonly fixed: number;
  readonly pool: number;
  readonly kvBytesPerToken: number;
}

function judgeServer(
  plan: Plan,
  facts: MemoryFacts,
  memory: ReturnType<typeof estimateInstance>,
): InstanceMemoryJudge {
  const { tp, dcp, dpAttention } = plan.layout;
  const block = facts.defaults.kvBlockTokens.value;
  const capacity = facts.device?.capacity ?? 0;
  const { tokens, need } = memory.perGroup;
  const held = Math.ceil(need.total / dcp / block) * block;
  const stages: StageRoom[] = [];
  for (let i = 0; i < memory.ranks.length; i += tp) {
    const rank = memory.ranks[i];
    if (!rank) continue;
    stages.push({
      weights: rank.weights,
      fixed: rank.weights + rank.activations + rank.runtime,
      pool: (rank.spare ?? 0) + rank.kvCacheNeeded,
      kvBytesPerToken: rank.kvCacheNeeded / held,
    });
  }
  const cap = maxRunningRequests(plan, facts);
  const refusal = tokens < block * dcp ? fullestFails(stages, block, capacity) : undefined;
  return {
    refusal: refusal === "memory-kv-cache" ? undefined : refusal,
    judge(workload, replicas) {
      const groups = dpAttention * replicas;
      const wanted = workloadTokens(workload, groups, block);
      const holds = Math.ceil(wanted.total / dcp / block) * block;
      if (holds * dcp > tokens) return { fits: false, cause: fullestFails(stages, holds, capacity) };
      const limit = Math.min(usersThatFit(tokens, wanted), cap ?? Infinity) * groups;
      return { fits: true, limit: limit >= 1 ? limit : undefined };
    },
  };
}

/** What fails first on the fullest stage: its weights, activations and runtime, or the cache. */
function fullestFails(stages: readonly StageRoom[], held: number, capacity: number): SearchCause {
  let worst = stages[0];
  let least = Infinity;
  for (const stage of stages) {
    const spare = stage.pool - held * stage.kvBytesPerToken;
    if (spare < least) {
      least = spare;
      worst = stage;
    }
  }
  if (!worst) return "layout";
  const limit = worst.fixed + worst.pool;
  if (worst.weights > Math.min(limit, capacity)) return "memory-weights";
  return worst.fixed > limit ? "memory-runtime" : "memory-kv-cache";
}

/**
 * llama.cpp and its kin allocate the context of all slots at start: each load is its own question, and a
 * load fits when a heavier one does.
 */
function judgeLocal(
  plan: Plan,
  facts: MemoryFacts,
  catalog: Catalog,
  heaviest: () => Plan,
): InstanceMemoryJudge {
  const { device } = facts;
  const { experts, pp } = plan.layout;
  const bytes = placementBytes(facts.model.architecture, plan.weights, NO_OPTIONS);
  if (!bytes) return refused("missing-fact");
  if (device && experts === "gpu" && bytes.total - bytes.tokenEmbedding > pp * device.capacity) {
    return refused("memory-weights");
  }
  let asked = 0;
  let all: MemoryVerdict | undefined;
  return {
    refusal: undefined,
    judge(workload, _replicas, planned) {
      if (workload.concurrency === undefined) return localVerdict(planned(), facts, catalog);
      // The lightest load is asked for first, and most plans fall there.
      if (asked++ === 0) return localVerdict(planned(), facts, catalog);
      all ??= localVerdict(heaviest(), facts, catalog);
      return all.fits ? { fits: true, limit: undefined } : localVerdict(planned(), facts, catalog);
    },
  };
}

const NO_OPTIONS = { imatrix: false, mtpLayer: false, weightsBytes: undefined };

function localVerdict(plan: Plan, facts: MemoryFacts, catalog: Catalog): MemoryVerdict {
  if (plan.engine === "ktransformers" || plan.engine === "mlx") return kinVerdict(plan, catalog);
  const { kind, users } = llamaVerdict(plan, facts);
  return kind === undefined ? fitting(users) : { fits: false, cause: kind };
}

function kinVerdict(plan: Plan, catalog: Catalog): MemoryVerdict {
  const { memory, infeasible } = estimateMemory(plan, catalog);
  const first = infeasible[0];
  return first ? { fits: false, cause: first.kind } : fitting(memory?.concurrencyLimit ?? 0);
}

const fitting = (users: number): MemoryVerdict => ({ fits: true, limit: users >= 1 ? users : undefined });
