/** The example plan with its real step models and costs: for the bench, and beside the analytic model and measurements. */
import { EXAMPLE_PLAN } from "../../domain/parse-plan.ts";
import type { LatencyPercentiles } from "../../domain/estimate.ts";
import type { Plan } from "../../domain/plan.ts";
import type {
  InstanceSetup,
  ServiceSetup,
  SimulationInput,
  SimulationResult,
} from "../../domain/simulation.ts";
import { estimateMemory } from "../../model/memory/estimate-memory.ts";
import { tpotPercentiles, ttftPercentiles } from "../../model/serving/latency-spread.ts";
import { predict, type Prediction } from "../../model/serving/performance.ts";
import { outMs } from "../../model/serving/prompt-batch.ts";
import { chunkOfRank } from "../../model/step/engine-defaults.ts";
import { catalog, loadOpTables } from "../../../planner-data.ts";
import type { SimulationModels } from "../service.ts";
import { serviceOfPlan, workloadOfPlan } from "../service-of-plan.ts";
import { simulate } from "../simulate.ts";

const CHUNK = 8192;
const LONGEST = 163_840;

export async function predictPlan(plan: Plan): Promise<Prediction> {
  const opTables = await loadOpTables(plan.cluster.accelerator ?? "");
  const limit = estimateMemory(plan, catalog).memory?.concurrencyLimit;
  const predicted = predict(plan, { catalog, opTables }, {}, limit);
  if (!predicted.ok) throw new Error(predicted.error.message);
  return predicted.value;
}

export async function exampleModels(plan: Plan = EXAMPLE_PLAN): Promise<SimulationModels> {
  const { prefillModel, decodeModel } = await predictPlan(plan);
  return { prefill: prefillModel, decode: decodeModel };
}

export function exampleService(instance: Partial<InstanceSetup> = {}): ServiceSetup {
  const service = serviceOfPlan(EXAMPLE_PLAN, {
    kvTokens: 4e6,
    maxRunningRequests: 4096,
    tokenBudget: CHUNK,
    pageTokens: 1,
    requestMs: 100,
    waitSteps: 6.5,
    tokensPerStep: 1,
    transferMs: 0,
    transferMsPerToken: 0,
  });
  return { ...service, instance: { ...service.instance, ...instance } };
}

function serviceOf(plan: Plan, { costs, point }: Prediction): ServiceSetup {
  return serviceOfPlan(plan, {
    kvTokens: 4e6,
    maxRunningRequests: Math.min(1e6, costs.slots),
    tokenBudget: chunkOfRank(
      plan.engine,
      plan.options.chunkedPrefill ?? CHUNK,
      (plan.layout.disaggregated?.prefill ?? plan.layout).dpAttention,
    ),
    pageTokens: 1,
    requestMs: costs.requestMs + outMs(costs, point),
    waitSteps: costs.waitSteps,
    tokensPerStep: costs.tokensPerStep,
    transferMs: 0,
    transferMsPerToken: 0,
  });
}

export interface Comparison {
  readonly percentiles: { readonly ttftMs: LatencyPercentiles; readonly tpotMs: LatencyPercentiles };
  readonly prediction: Prediction;
  readonly simulated: SimulationResult;
  /** Simulated over analytic. */
  readonly throughput: number;
  readonly tpot: number;
  readonly ttft: number;
}

export interface CompareOptions {
  /** Lengths uniform around the plan's by this share. */
  readonly spread: number;
}

/** The same plan by the analytic model and by simulation. */
export async function compareWithAnalytic(plan: Plan, options: CompareOptions): Promise<Comparison> {
  const prediction = await predictPlan(plan);
  const { costs, decodeModel, prefillModel, point, rate } = prediction;
  const { inputTokens, outputTokens, concurrency = 60 } = plan.workload;
  const around = (mean: number) =>
    ({ kind: "uniform", low: mean * (1 - options.spread), high: mean * (1 + options.spread) }) as const;
  const input: SimulationInput = {
    seed: 1,
    requests: Math.max(600, 30 * concurrency),
    workload: {
      ...workloadOfPlan(plan, LONGEST),
      lengths: { kind: "independent", inputTokens: around(inputTokens), outputTokens: around(outputTokens) },
    },
    service: serviceOf(plan, prediction),
  };
  const result = simulate(input, {
    prefill: prefillModel,
    decode: decodeModel,
  });
  if (!result.ok) throw new Error(`${result.error.path}: ${result.error.problem}`);
  const simulated = result.value;
  return {
    prediction,
    percentiles: {
      ttftMs: ttftPercentiles(costs, point, plan.layout.disaggregated?.prefillReplicas ?? null),
      tpotMs: tpotPercentiles(costs, point, outputTokens),
    },
    simulated,
    throughput: simulated.outputTokensPerSecond / (rate * 1e3 * outputTokens),
    tpot: (simulated.tpotMs?.mean ?? Number.NaN) / point.tpotMs,
    ttft: (simulated.ttftMs?.mean ?? Number.NaN) / point.ttftMs,
  };
}

/** A closed-loop benchmark as it is run: ten prompts a client, the first of all clients at once, nothing cut off. */
export async function simulateBenchmark(
  plan: Plan,
  spread: readonly [number, number],
  prompts: number,
): Promise<{ readonly simulated: SimulationResult; readonly prediction: Prediction }> {
  const { inputTokens, outputTokens } = plan.workload;
  const mean = (spread[0] + spread[1]) / 2;
  const scaled = {
    ...plan,
    workload: { ...plan.workload, inputTokens: mean * inputTokens, outputTokens: mean * outputTokens },
  };
  const prediction = await predictPlan(scaled);
  const between = (nominal: number) =>
    ({ kind: "uniform", low: spread[0] * nominal, high: spread[1] * nominal }) as const;
  const result = simulate(
    {
      seed: 1,
      requests: prompts,
      warmupRequests: 0,
      workload: {
        ...workloadOfPlan(plan, LONGEST),
        lengths: {
          kind: "independent",
          inputTokens: between(inputTokens),
          outputTokens: between(outputTokens),
        },
      },
      service: serviceOf(scaled, prediction),
    },
    { prefill: prediction.prefillModel, decode: prediction.decodeModel },
  );
  if (!result.ok) throw new Error(`${result.error.path}: ${result.error.problem}`);
  return { simulated: result.value, prediction };
}
