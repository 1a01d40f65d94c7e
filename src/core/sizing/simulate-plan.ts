/** A plan simulated under its own load, beside what the analytic model and the average claim. */
import type { Plan } from "../domain/plan.ts";
import type {
  PlanSimulation,
  ReplicaAsk,
  ReplicaSizing,
  SimulationAsk,
  SimulationShare,
} from "../domain/plan-simulation.ts";
import type { Problem } from "../domain/problem.ts";
import { ok, type Result } from "../domain/result.ts";
import type { SimulationInput } from "../domain/simulation.ts";
import type { StepModelFacts } from "../model/serving/step-models.ts";
import { reporting } from "../workload/portions.ts";
import { replicaSteps } from "../workload/replicas.ts";
import type { SimulationModels } from "../workload/service.ts";
import { simulateSteps } from "../workload/simulate.ts";
import { analyticClaim, averagePlan, planUnder } from "./analytic-claim.ts";
import { playedLoad, type Played } from "./played-load.ts";
import { scalingSteps } from "./scaling-sketch.ts";
import { planService } from "./service-facts.ts";

interface PreparedSimulation {
  readonly input: SimulationInput;
  readonly models: SimulationModels;
  readonly played: Played;
}

/** The simulation that a plan and an ask describe; equal ones give equal results wherever they run. */
function prepareSimulation(
  plan: Plan,
  facts: StepModelFacts,
  ask: SimulationAsk,
): Result<PreparedSimulation, Problem> {
  const service = planService(plan, facts);
  if (!service.ok) return service;
  const { prediction, models, maxContextTokens } = service.value;
  const played = playedLoad(plan, ask, { requestsPerMs: prediction.rate, maxContextTokens });
  if (!played.ok) return played;
  const { workload, requests } = played.value;
  const slo = Object.keys(plan.slo).length > 0 ? { slo: plan.slo } : {};
  return ok({
    input: { seed: ask.seed, requests, workload, service: service.value.service, ...slo },
    models,
    played: played.value,
  });
}

/** Hands over how far it is after every portion, so that whoever drives it may stop or report. */
export function* simulatePlanSteps(
  plan: Plan,
  facts: StepModelFacts,
  ask: SimulationAsk,
): Generator<SimulationShare, Result<PlanSimulation, Problem>> {
  const prepared = prepareSimulation(plan, facts, ask);
  if (!prepared.ok) return prepared;
  const { input, models, played } = prepared.value;
  const simulated = yield* reporting(simulateSteps(input, models), ({ share }) => ({ share }));
  if (!simulated.ok) return simulated;
  const under = planUnder(plan, played.load);
  return ok({
    load: played.load,
    result: simulated.value,
    estimate: analyticClaim(under, facts),
    average: analyticClaim(averagePlan(under), facts),
    notes: played.notes,
  });
}

/** The least number of replicas of the plan's layout that holds a target, and what a day would need of them. */
export function* sizeReplicasSteps(
  plan: Plan,
  facts: StepModelFacts,
  ask: ReplicaAsk,
): Generator<SimulationShare, Result<ReplicaSizing, Problem>> {
  const prepared = prepareSimulation(plan, facts, ask);
  if (!prepared.ok) return prepared;
  const { input, models, played } = prepared.value;
  const least = yield* replicaSteps(input, models, ask.target, ask.maxReplicas);
  if (!least.ok) return least;
  const { replicas } = least.value;
  const scaling = yield* scalingSteps(input, models, ask, replicas, played.load.requestsPerSecond);
  return ok({ ...least.value, target: ask.target, load: played.load, scaling, notes: played.notes });
}
