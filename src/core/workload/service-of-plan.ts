/** A plan's service as the simulation takes it. Costs and limits come from whoever holds the model. */
import { gathersPrompts, mixesPrompts } from "../domain/engine-batching.ts";
import { distributionOf } from "../domain/length-spread.ts";
import type { Plan, WorkloadPlan } from "../domain/plan.ts";
import type { ArrivalProcess, ServiceSetup, SimulatedWorkload } from "../domain/simulation.ts";

/** What a plan leaves to the engine version, to memory and to the serving model. */
export interface ServiceFacts {
  /** Cache tokens and requests at once of one replica, or of one decode instance. */
  readonly kvTokens: number;
  readonly maxRunningRequests: number;
  /** Prompt tokens that an engine puts in one pass. */
  readonly tokenBudget: number;
  readonly pageTokens: number;
  /** ms a request that no accelerator works on. */
  readonly requestMs: number;
  /** Mean decode steps until a new request is seen: half an interval of the scheduler. */
  readonly waitSteps: number;
  readonly tokensPerStep: number;
  /** Hand-over of a disaggregated service. */
  readonly transferMs: number;
  readonly transferMsPerToken: number;
}

/** Engines that set the whole answer aside when they admit: TensorRT-LLM's default policy, llama.cpp's slots. */
const RESERVES_OUTPUT: ReadonlySet<string> = new Set([
  "tensorrt-llm",
  "llama.cpp",
  "ik_llama.cpp",
  "ollama",
  "mlx",
]);

/**
 * The service that a plan describes.
 *
 * Leaves   out the imbalance of attention ranks: the GPU step model is calibrated with it (`rankStep: "mean"`).
 */
export function serviceOfPlan(plan: Plan, facts: ServiceFacts): ServiceSetup {
  const { layout, speculative } = plan;
  const pools = layout.disaggregated;
  const instance = {
    maxRunningRequests: Math.max(1, Math.floor(facts.maxRunningRequests)),
    kvTokens: facts.kvTokens,
    pageTokens: facts.pageTokens,
    attentionRanks: pools?.decode.dpAttention ?? layout.dpAttention,
    rankStep: "mean" as const,
    schedulerInterval: Math.max(1, Math.round(2 * facts.waitSteps)),
    gathersPrompts: gathersPrompts(plan),
    outputReserve: RESERVES_OUTPUT.has(plan.engine) ? 1 : 0,
    draftTokens: speculative === "off" ? 0 : Number(speculative.slice(3)),
    tokensPerStep: facts.tokensPerStep,
  };
  const { requestMs } = facts;
  if (pools === null) {
    const kind = mixesPrompts(plan.engine) ? ("mixed" as const) : ("prefill-first" as const);
    const batching = { kind, tokenBudget: facts.tokenBudget };
    return { kind: "aggregated", replicas: layout.replicas, instance, batching, requestMs };
  }
  return {
    kind: "disaggregated",
    prefillInstances: pools.prefillReplicas,
    prefillAttentionRanks: pools.prefill.dpAttention,
    prefillTokenBudget: facts.tokenBudget,
    decodeInstances: pools.decodeReplicas,
    instance,
    requestMs,
    transferMs: facts.transferMs,
    transferMsPerToken: facts.transferMsPerToken,
  };
}

/**
 * The workload of a plan: its distributions, and where it knows averages alone, every request has them.
 *
 * `maxContextTokens`: what the model is made for; no request is longer.
 */
export function workloadOfPlan({ workload, options }: Plan, maxContextTokens: number): SimulatedWorkload {
  const { lengths, prefixHitRate } = workload;
  const rankCorrelation = lengths?.rankCorrelation ?? 0;
  const longest = Math.min(maxContextTokens, options.contextLength ?? maxContextTokens);
  return {
    arrivals: arrivalsOf(workload),
    lengths: {
      ...(rankCorrelation === 0
        ? { kind: "independent" as const }
        : { kind: "correlated" as const, rankCorrelation }),
      inputTokens: distributionOf(lengths?.input, workload.inputTokens, longest),
      outputTokens: distributionOf(lengths?.output, workload.outputTokens, longest),
    },
    prefix: prefixHitRate > 0 ? { kind: "rate", share: prefixHitRate } : { kind: "none" },
  };
}

function arrivalsOf({ requestsPerSecond, concurrency, arrivals }: WorkloadPlan): ArrivalProcess {
  if (requestsPerSecond === undefined) return { kind: "closed-loop", clients: concurrency ?? 1 };
  if (arrivals === undefined) return { kind: "poisson", requestsPerSecond };
  return { kind: "gamma", requestsPerSecond, coefficientOfVariation: arrivals.gapVariation };
}
