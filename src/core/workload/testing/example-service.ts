/** The example plan with its real step models and costs, for the bench and for the comparison with the analytic model. */
import { EXAMPLE_PLAN } from "../../domain/parse-plan.ts";
import type { Plan } from "../../domain/plan.ts";
import type { InstanceSetup, ServiceSetup } from "../../domain/simulation.ts";
import { estimateMemory } from "../../model/memory/estimate-memory.ts";
import { predict, type Prediction } from "../../model/serving/performance.ts";
import { catalog, loadOpTables } from "../../../planner-data.ts";
import type { SimulationModels } from "../service.ts";
import { serviceOfPlan } from "../service-of-plan.ts";

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
    tokenBudget: 8192,
    pageTokens: 1,
    requestMs: 100,
    waitSteps: 6.5,
    tokensPerStep: 1,
    transferMs: 0,
    transferMsPerToken: 0,
  });
  return { ...service, instance: { ...service.instance, ...instance } };
}
