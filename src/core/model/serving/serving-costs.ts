/** Costs of one request and one step under a plan, as the solvers ask for them. */
import { kvElementsPerTokenLayer } from "../../domain/architecture.ts";
import { contextWhileDecoding } from "../../domain/length-spread.ts";
import type { Plan } from "../../domain/plan.ts";
import type { StepModel } from "../../domain/step-model.ts";
import { defaultChunk, deviceTier } from "../step/engine-defaults.ts";
import { acceptance } from "./acceptance.ts";
import type { ServingCosts } from "./operating-point.ts";
import {
  DEFAULT_PREFILL_TOKENS,
  engineServing,
  HALF_WAIT_CONCURRENCY,
  HAND_OVER_BYTES_PER_MS,
} from "./serving-parameters.ts";
import { acceleratorOf, engineVersionOf, runsSequentially, type StepModelFacts } from "./step-models.ts";

export interface PlanCosts extends ServingCosts {
  /** Prompt tokens that are computed, and those found in the cache. */
  readonly newTokens: number;
  readonly cachedTokens: number;
  /** Mean context of a decode step. */
  readonly contextTokens: number;
  /** Tokens that a decode step yields and checks for each sequence. */
  readonly tokensPerStep: number;
  readonly checkedTokens: number;
}

export function servingCosts(
  plan: Plan,
  facts: StepModelFacts,
  prefillModel: StepModel,
  decodeModel: StepModel,
  slotLimit: number | undefined,
): PlanCosts {
  const { workload, layout } = plan;
  const depth = workload.contextDepth ?? 0;
  const newTokens = Math.max(1, workload.inputTokens * (1 - workload.prefixHitRate));
  const cachedTokens = depth + workload.inputTokens - newTokens;
  const contextTokens = depth + contextWhileDecoding(workload);
  const { tokensPerStep } = acceptance(plan.speculative, plan.options);
  const side = layout.disaggregated?.prefill ?? layout;
  const serving = engineServing(plan.engine);
  const handOver = layout.disaggregated === null ? 0 : serving.handOverMs + cacheTransferMs(plan, facts);
  const alone = prefillModel.prefillMs(1, newTokens, cachedTokens);
  return {
    newTokens,
    cachedTokens,
    contextTokens,
    tokensPerStep,
    checkedTokens: plan.speculative === "off" ? 1 : 1 + Number(plan.speculative.slice(3)),
    tokenMs: (batch) => decodeModel.decodeMs(batch, contextTokens) / tokensPerStep,
    prefillAloneMs: alone,
    prefillMachineMs: machineMs(plan, facts, prefillModel, newTokens, cachedTokens, side.dpAttention, alone),
    requestMs: serving.requestMs + handOver,
    waitSteps: waitSteps(plan),
    slots: slotsOf(plan, facts, slotLimit),
  };
}

/** Machine time of one prompt when the engine batches prompts as it may. */
function machineMs(
  plan: Plan,
  facts: StepModelFacts,
  model: StepModel,
  newTokens: number,
  cachedTokens: number,
  dpAttention: number,
  alone: number,
): number {
  const engine = facts.catalog.engines.get(plan.engine);
  const defaults =
    engine === undefined ? undefined : engineVersionOf(engine, plan.options.engineVersion).defaults;
  const usual = defaults && defaultChunk(defaults, acceleratorOf(plan, facts.catalog));
  const chunk = plan.options.chunkedPrefill ?? usual ?? DEFAULT_PREFILL_TOKENS;
  let best = alone;
  if (dpAttention > 1) {
    best = Math.min(best, model.prefillMs(dpAttention, newTokens, cachedTokens) / dpAttention);
  }
  const together = Math.floor(chunk / newTokens) * dpAttention;
  if (together > dpAttention) {
    best = Math.min(best, model.prefillMs(together, newTokens, cachedTokens) / together);
  }
  return best;
}

/** The prompt's cache on its way from a prefill to a decode instance. */
function cacheTransferMs(plan: Plan, facts: StepModelFacts): number {
  const architecture = facts.catalog.models.get(plan.model)?.architecture;
  if (architecture === undefined) return 0;
  const bytes = plan.kvCache === "fp8" ? 1 : 2;
  const cache =
    plan.workload.inputTokens * architecture.layerCount * kvElementsPerTokenLayer(architecture) * bytes;
  return cache / HAND_OVER_BYTES_PER_MS;
}

/** Decode steps that pass before a new request is seen. */
export function waitSteps(plan: Plan): number {
  const serving = engineServing(plan.engine);
  const clients = (plan.workload.concurrency ?? HALF_WAIT_CONCURRENCY) / plan.layout.replicas;
  const grown = clients / (clients + HALF_WAIT_CONCURRENCY);
  if (plan.layout.disaggregated !== null) return serving.handOverSteps * grown;
  const interval = plan.options.schedulerInterval ?? serving.defaultInterval;
  const polling = serving.stepsPerInterval * interval * (serving.growsWithLoad ? grown : 1);
  return polling + (plan.layout.dpAttention > 1 ? serving.balancingSteps : 0);
}

/** Engines whose limit on running requests is one attention rank's. */
const PER_RANK_LIMITS: ReadonlySet<string> = new Set(["tensorrt-llm", "vllm"]);

/** Sequences that may decode at once on one instance: the engine's limit and what memory leaves room for. */
export function slotsOf(plan: Plan, facts: StepModelFacts, slotLimit: number | undefined): number {
  const decode = plan.layout.disaggregated?.decode ?? plan.layout;
  const perRank = PER_RANK_LIMITS.has(plan.engine) ? decode.dpAttention : 1;
  const instances = plan.layout.disaggregated?.decodeReplicas ?? plan.layout.replicas;
  const fromMemory = slotLimit === undefined ? Number.POSITIVE_INFINITY : slotLimit / instances;
  return Math.max(1, Math.min(engineSlots(plan, facts) * perRank, fromMemory));
}

function engineSlots(plan: Plan, { catalog }: StepModelFacts): number {
  const engine = catalog.engines.get(plan.engine);
  if (engine === undefined) return Number.POSITIVE_INFINITY;
  const { options } = plan;
  const { defaults } = engineVersionOf(engine, options.engineVersion);
  if (runsSequentially(plan.engine)) {
    // as for memory: a slot for every user unless the plan says otherwise
    return options.slots ?? options.maxRunningRequests ?? Number.POSITIVE_INFINITY;
  }
  const tier = deviceTier(defaults, acceleratorOf(plan, catalog));
  const usual = tier?.maxRunningRequests ?? defaults.maxRunningRequests;
  return options.maxRunningRequests ?? usual?.value ?? Number.POSITIVE_INFINITY;
}
