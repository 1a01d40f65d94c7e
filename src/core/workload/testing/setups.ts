/** Step models and setups that tests can reason about by hand. */
import type {
  InstanceSetup,
  ServiceSetup,
  SimulationInput,
  SimulationResult,
} from "../../domain/simulation.ts";
import type { StepModel } from "../../domain/step-model.ts";
import type { StepTime } from "../../domain/step.ts";
import { simulate } from "../simulate.ts";

function refuse(): StepTime {
  throw new Error("the simulation asks for milliseconds alone");
}

export function stepModelOf(decodeMs: StepModel["decodeMs"], prefillMs: StepModel["prefillMs"]): StepModel {
  return { decodeMs, prefillMs, decode: refuse, prefill: refuse, basis: "assumed" };
}

/** About as eight H200 do: a floor, a slope in the batch, attention by tokens; prompts by tokens and squares. */
export const PLAIN_MODEL = stepModelOf(
  (batch, context) => 12 + 0.12 * batch + 2e-6 * batch * context,
  (requests, tokens, cached) =>
    2 + 0.03 * requests * tokens + requests * 1e-6 * tokens * (tokens / 2 + cached),
);

export const INSTANCE: InstanceSetup = {
  maxRunningRequests: 256,
  kvTokens: 500_000,
  pageTokens: 1,
  attentionRanks: 1,
  rankStep: "largest",
  schedulerInterval: 1,
  gathersPrompts: false,
  outputReserve: 0,
  draftTokens: 0,
  tokensPerStep: 1,
};

export function aggregated(
  instance: Partial<InstanceSetup> = {},
  rest: Partial<Extract<ServiceSetup, { kind: "aggregated" }>> = {},
): ServiceSetup {
  return {
    kind: "aggregated",
    replicas: 1,
    instance: { ...INSTANCE, ...instance },
    batching: { kind: "prefill-first", tokenBudget: 8192 },
    requestMs: 0,
    ...rest,
  };
}

export function disaggregated(
  instance: Partial<InstanceSetup> = {},
  rest: Partial<Extract<ServiceSetup, { kind: "disaggregated" }>> = {},
): ServiceSetup {
  return {
    kind: "disaggregated",
    prefillInstances: 2,
    prefillAttentionRanks: 1,
    prefillTokenBudget: 8192,
    decodeInstances: 2,
    instance: { ...INSTANCE, ...instance },
    requestMs: 0,
    transferMs: 1,
    transferMsPerToken: 0.001,
    ...rest,
  };
}

export const BASE: SimulationInput = {
  seed: 1,
  requests: 1000,
  workload: {
    arrivals: { kind: "closed-loop", clients: 16 },
    lengths: {
      kind: "independent",
      inputTokens: { kind: "uniform", low: 400, high: 1600 },
      outputTokens: { kind: "uniform", low: 50, high: 350 },
    },
    prefix: { kind: "none" },
  },
  service: aggregated(),
};

export function run(input: SimulationInput, model: StepModel = PLAIN_MODEL): SimulationResult {
  const result = simulate(input, { prefill: model, decode: model });
  if (!result.ok) throw new Error(`${result.error.path}: ${result.error.problem}`);
  return result.value;
}
