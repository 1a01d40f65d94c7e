/** The planner's answers, for whichever thread they are asked on. */
import type { Estimate } from "../src/core/domain/estimate.ts";
import type { OpTableSet } from "../src/core/domain/op-tables.ts";
import type { Plan } from "../src/core/domain/plan.ts";
import { fail, ok, type Result } from "../src/core/domain/result.ts";
import { evaluate } from "../src/core/model/evaluate.ts";
import { explainChange } from "../src/core/model/explain/explain-change.ts";
import { explainPlan } from "../src/core/model/explain/explain-plan.ts";
import { fitMap } from "../src/core/search/nearby-fit-map.ts";
import { findNearbyPlans } from "../src/core/search/nearby.ts";
import { catalog, loadOpTables } from "../src/planner-data.ts";
import type { Consequence, PlannerApi } from "./api.ts";
import { consequenceOf, consequenceOfFailure } from "./consequence.ts";
import { directoryOf } from "./directory.ts";
import { planSources } from "./plan-sources.ts";

const tables = new Map<string, Promise<OpTableSet | null>>();

/** Loaded once per accelerator; a failed load is tried again. */
async function tablesOf(plan: Plan): Promise<OpTableSet | null> {
  const id = plan.cluster.accelerator;
  if (id === undefined) return null;
  const known = tables.get(id);
  if (known) return known;
  const loading = loadOpTables(id);
  tables.set(id, loading);
  loading.catch(() => tables.delete(id));
  return loading;
}

async function consequence(plan: Plan): Promise<Consequence> {
  try {
    return consequenceOf(evaluate(plan, { catalog, opTables: await tablesOf(plan) }));
  } catch (error) {
    return consequenceOfFailure(error);
  }
}

async function estimateOf(plan: Plan): Promise<Result<Estimate, string>> {
  try {
    return ok(evaluate(plan, { catalog, opTables: await tablesOf(plan) }));
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

export const planner: PlannerApi = {
  directory: () => Promise.resolve(directoryOf(catalog)),
  evaluate: async (plan) => evaluate(plan, { catalog, opTables: await tablesOf(plan) }),
  explain: async (plan) => explainPlan(plan, { catalog, opTables: await tablesOf(plan) }),
  explainChange: async (from, to, title) => {
    const [before, after] = await Promise.all([tablesOf(from), tablesOf(to)]);
    return explainChange({ from, to, title }, { catalog, opTables: before }, { catalog, opTables: after });
  },
  compare: (plans) => Promise.all(plans.map(consequence)),
  sources: async (plan) => {
    const opTables = await tablesOf(plan);
    return planSources(plan, catalog, opTables, evaluate(plan, { catalog, opTables }));
  },
  estimates: (plans) => Promise.all(plans.map(estimateOf)),
  nearby: async (plan, limit) => {
    const found = findNearbyPlans(plan, { catalog }, limit);
    const consequences = await Promise.all(found.map(({ plan: near }) => consequence(near)));
    return found.map((near, i) => ({
      ...near,
      consequence: consequences[i] ?? consequenceOfFailure("lost"),
    }));
  },
  fitMap: (plan, weights, accelerators) => Promise.resolve(fitMap(plan, catalog, weights, accelerators)),
};
