/** Costs of one request and one step under a plan, as the solvers ask for them. */
import { kvElementsPerTokenLayer } from "../../domain/architecture.ts";
import { contextWhileDecoding } from "../../domain/length-spread.ts";
import { gathersPrompts, mixesPrompts } from "../../domain/engine-batching.ts";
import type { Plan } from "../../domain/plan.ts";
import type { StepModel } from "../../domain/step-model.ts";
import { chunkOfRank, DEFAULT_CHUNK_TOKENS, defaultChunk, deviceTier } from "../step/engine-defaults.ts";
import { acceptance } from "./acceptance.ts";
import type { ServingCosts } from "./operating-point.ts";
import { passTimes } from "./pass-times.ts";
import {
  engineServing,
  HALF_WAIT_CONCURRENCY,
  HAND_OVER_BYTES_PER_MS,
  STEPS_PER_INTERVAL,
} from "./serving-parameters.ts";
import { acceleratorOf, engineVersionOf, runsSequentially, type StepModelFacts } from "./step-models.ts";

export interface PlanCosts extends ServingCosts {
  /** Prompt tokens that are computed, and those found in the cache. */
  readonly newTokens: number;
  readonly cachedTokens: number;
  /** Mean context of a decode step. */
  readonly contextTokens: number;
  /** Tokens that a decode step checks for each sequence. */
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
  const promptsPerPass = promptsInBudget(plan, facts, newTokens, side.dpAttention);
  const passMs = passTimes(prefillModel, newTokens, cachedTokens, promptsPerPass);
  const stepMs = keepingLast((batch) => decodeModel.decodeMs(batch, contextTokens));
  const checkedTokens = plan.speculative === "off" ? 1 : 1 + Number(plan.speculative.slice(3));
  const mixes = layout.disaggregated === null && mixesPrompts(plan.engine) && !runsSequentially(plan.engine);
  return {
    newTokens,
    cachedTokens,
    contextTokens,
    tokensPerStep,
    checkedTokens,
    stepMs,
    passMs,
    promptsPerPass,
    attentionRanks: side.dpAttention,
    ...(mixes ? { riderMs: riders(decodeModel, stepMs, passMs, newTokens, checkedTokens) } : {}),
    prefillAloneMs: passMs(1),
    prefillMachineMs: bestShareMs(passMs, side.dpAttention, promptsPerPass),
    requestMs: serving.requestMs + handOver,
    waitSteps: waitSteps(plan),
    gathers: gathersPrompts(plan),
    delaySteps: delaySteps(plan),
    slots: slotsOf(plan, facts, slotLimit),
  };
}

/** Prompts that the token budget of each attention rank lets into one pass; a long prompt takes several passes alone. */
function promptsInBudget(plan: Plan, facts: StepModelFacts, newTokens: number, ranks: number): number {
  const engine = facts.catalog.engines.get(plan.engine);
  const defaults =
    engine === undefined ? undefined : engineVersionOf(engine, plan.options.engineVersion).defaults;
  const usual = defaults && defaultChunk(defaults, acceleratorOf(plan, facts.catalog));
  const chunk = plan.options.chunkedPrefill ?? usual ?? DEFAULT_CHUNK_TOKENS;
  const budget = chunkOfRank(plan.engine, chunk, ranks);
  return Math.max(1, Math.floor(budget / newTokens)) * ranks;
}

/** Machine time of one prompt in the pass that suits it best. */
function bestShareMs(passMs: (prompts: number) => number, ranks: number, most: number): number {
  return Math.min(passMs(1), passMs(ranks) / ranks, passMs(most) / most);
}

/**
 * What a step of decoding sequences adds to a pass over prompts: their rows ride in the prompts' linear
 * layers, their attention comes on top; at most a step of their own. As in core/workload/step-clock.ts.
 */
function riders(
  model: StepModel,
  stepMs: (batch: number) => number,
  passMs: (prompts: number) => number,
  newTokens: number,
  checkedTokens: number,
): (batch: number, prompts: number) => number {
  const rowsAloneMs = keepingLast((batch) => model.decodeMs(batch, 1));
  return (batch, prompts) => {
    const step = stepMs(batch);
    const pass = passMs(prompts);
    const rows = (pass * batch * checkedTokens) / (prompts * newTokens);
    const together = pass + rows + step - rowsAloneMs(batch);
    return Math.min(step, Math.max(step - pass, together - pass, 0));
  };
}

/** `ms` that remembers its last answer: a solver asks for several numbers of prompts at one batch. */
function keepingLast(ms: (batch: number) => number): (batch: number) => number {
  let asked = Number.NaN;
  let answer = 0;
  return (batch) => {
    if (batch !== asked) {
      answer = ms(batch);
      asked = batch;
    }
    return answer;
  };
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

/** Decode steps that pass on average before a new request is seen: half an interval of the scheduler. */
function waitSteps(plan: Plan): number {
  if (plan.layout.disaggregated !== null) return 0;
  const interval = plan.options.schedulerInterval ?? engineServing(plan.engine).defaultInterval;
  return STEPS_PER_INTERVAL * interval;
}

/**
 * Decode steps between a finished prompt and its first token at the client, whatever the interval; where others decode.
 * Behind a prefill pool they are waited for on one decode instance: its share of the clients counts, not how many there are.
 */
function delaySteps(plan: Plan): number {
  const serving = engineServing(plan.engine);
  if (plan.layout.disaggregated === null) return serving.delaySteps;
  const clients =
    (plan.workload.concurrency ?? HALF_WAIT_CONCURRENCY) / plan.layout.disaggregated.decodeReplicas;
  return (serving.handOverSteps * clients) / (clients + HALF_WAIT_CONCURRENCY);
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
