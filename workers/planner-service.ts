/** The planner's answers, for whichever thread they are asked on. */
import type { OpTableSet } from "../src/core/domain/op-tables.ts";
import type { Plan } from "../src/core/domain/plan.ts";
import { evaluate } from "../src/core/model/evaluate.ts";
import { catalog, loadOpTables } from "../src/planner-data.ts";
import type { Consequence, PlannerApi } from "./api.ts";
import { consequenceOf, consequenceOfFailure } from "./consequence.ts";
import { directoryOf } from "./directory.ts";

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

export const planner: PlannerApi = {
  directory: () => Promise.resolve(directoryOf(catalog)),
  evaluate: async (plan) => evaluate(plan, { catalog, opTables: await tablesOf(plan) }),
  compare: (plans) => Promise.all(plans.map(consequence)),
  nearby: () => Promise.resolve([]),
};
