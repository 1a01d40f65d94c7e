import type { Estimate } from "../core/domain/estimate.ts";
import type { OpTableSet } from "../core/domain/op-tables.ts";
import type { Plan } from "../core/domain/plan.ts";
import { evaluate, type ModelFacts } from "../core/model/evaluate.ts";
import { catalog, loadOpTables } from "../planner-data.ts";

const tables = new Map<string, Promise<OpTableSet | null>>();

/** Tables load once an accelerator, however many plans name it. */
export function opTablesOf(accelerator: string): Promise<OpTableSet | null> {
  const loading = tables.get(accelerator) ?? loadOpTables(accelerator);
  tables.set(accelerator, loading);
  return loading;
}

export async function factsFor(accelerator: string | undefined): Promise<ModelFacts> {
  return { catalog, opTables: accelerator === undefined ? null : await opTablesOf(accelerator) };
}

export async function evaluatePlan(plan: Plan): Promise<Estimate> {
  return evaluate(plan, await factsFor(plan.cluster.accelerator));
}
