/** What the model says of a plan's service, as the simulation takes it. */
import type { Infeasible } from "../domain/infeasible.ts";
import type { Plan } from "../domain/plan.ts";
import type { Problem } from "../domain/problem.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import type { ServiceSetup } from "../domain/simulation.ts";
import { estimateMemory, usersHeld } from "../model/memory/estimate-memory.ts";
import { chunkTokens } from "../model/memory/instance-memory.ts";
import { memoryFacts } from "../model/memory/memory-facts.ts";
import { predict, type Prediction } from "../model/serving/performance.ts";
import { outMs } from "../model/serving/prompt-batch.ts";
import { slotsOf } from "../model/serving/serving-costs.ts";
import type { StepModelFacts } from "../model/serving/step-models.ts";
import type { SimulationModels } from "../workload/service.ts";
import { serviceOfPlan } from "../workload/service-of-plan.ts";

/** More requests at once than any instance runs: what an engine without a limit gets. */
const NO_LIMIT = 1_000_000;

export interface PlanService {
  readonly service: ServiceSetup;
  readonly models: SimulationModels;
  /** The plan by the analytic model, memory's limit included. */
  readonly prediction: Prediction;
  readonly maxContextTokens: number;
}

/**
 * The service of a plan: limits from memory and engine version, step times and overheads from the
 * serving model.
 *
 * Slots are the engine's own limit: what memory holds follows from the requests that are there.
 *
 * Returns  a Problem for a plan that does not fit, or whose memory or speed cannot be told.
 */
export function planService(plan: Plan, facts: StepModelFacts): Result<PlanService, Problem> {
  const { memory, infeasible } = estimateMemory(plan, facts.catalog);
  const reason = infeasible[0];
  if (reason !== undefined) return fail({ path: pathOf(reason), problem: reason.message });
  if (memory === null) return fail({ path: "plan", problem: "its memory cannot be told" });
  const known = memoryFacts(plan, facts.catalog);
  if (!known.ok) return fail({ path: pathOf(known.error), problem: known.error.message });
  const predicted = predict(plan, facts, {}, usersHeld(memory));
  if (!predicted.ok) return fail({ path: predicted.error.path, problem: predicted.error.message });
  const { costs, point, prefillModel, decodeModel } = predicted.value;
  const { disaggregated } = plan.layout;
  const chunk = chunkTokens(plan, known.value, disaggregated?.prefill ?? plan.layout);
  const service = serviceOfPlan(plan, {
    kvTokens: memory.kvCacheTokens,
    maxRunningRequests: Math.min(NO_LIMIT, slotsOf(plan, facts, undefined)),
    tokenBudget: Math.max(1, Math.floor(chunk)),
    pageTokens: known.value.defaults.kvBlockTokens.value,
    requestMs: costs.requestMs + outMs(costs, point),
    waitSteps: costs.waitSteps,
    tokensPerStep: costs.tokensPerStep,
    transferMs: 0,
    transferMsPerToken: 0,
  });
  return ok({
    service,
    models: { prefill: prefillModel, decode: decodeModel },
    prediction: predicted.value,
    maxContextTokens: known.value.model.architecture.maxContextTokens,
  });
}

const pathOf = (reason: Infeasible): string => ("path" in reason ? reason.path : "plan");
