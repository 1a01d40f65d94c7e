/** What lies around a plan: other loads, other cuts, single changes. */
import type { OpTableSet } from "../src/core/domain/op-tables.ts";
import type { AcceleratorId, Plan } from "../src/core/domain/plan.ts";
import { evaluate } from "../src/core/model/evaluate.ts";
import type { SearchFacts } from "../src/core/search/family-facts.ts";
import { frontier } from "../src/core/search/frontier.ts";
import { findLevers } from "../src/core/search/levers.ts";
import { catalog, loadMeasurements, loadOpTables } from "../src/planner-data.ts";
import type { AdviceApi, FrontierBand } from "./advice-api.ts";
import { measuredLike } from "./advice-measured.ts";

let records: ReturnType<typeof loadMeasurements> | undefined;
const tables = new Map<AcceleratorId, OpTableSet>();
let everyTable: Promise<unknown> | undefined;

async function loadTable(accelerator: AcceleratorId): Promise<void> {
  if (tables.has(accelerator)) return;
  const table = await loadOpTables(accelerator);
  if (table) tables.set(accelerator, table);
}

async function factsOf(plan: Plan): Promise<SearchFacts> {
  if (plan.cluster.accelerator !== undefined) await loadTable(plan.cluster.accelerator);
  return { catalog, opTables: tables };
}

/** A lever may change the accelerator: all tables are needed, once. */
async function factsOfAll(): Promise<SearchFacts> {
  everyTable ??= Promise.all([...catalog.accelerators.keys()].map(loadTable)).catch((error: unknown) => {
    everyTable = undefined;
    throw error;
  });
  await everyTable;
  return { catalog, opTables: tables };
}

function bandAt(plan: Plan, users: number, facts: SearchFacts): FrontierBand[] {
  const { requestsPerSecond: _rate, ...workload } = plan.workload;
  const { accelerator } = plan.cluster;
  const opTables = accelerator === undefined ? null : (facts.opTables.get(accelerator) ?? null);
  const { performance } = evaluate(
    { ...plan, workload: { ...workload, concurrency: users } },
    { catalog: facts.catalog, opTables },
  );
  if (performance === null) return [];
  const { outputTokensPerSecondPerUser: perUser, outputTokensPerSecondPerAccelerator: perAccelerator } =
    performance;
  return [{ users, perUser, perAccelerator }];
}

export const advice: AdviceApi = {
  async frontier(plan) {
    const facts = await factsOf(plan);
    const series = frontier(plan, facts);
    const fitting = series[0]?.points.filter(({ fits }) => fits) ?? [];
    records ??= loadMeasurements();
    const measured = measuredLike(plan, await records);
    return { series, band: fitting.flatMap(({ users }) => bandAt(plan, users, facts)), measured };
  },
  async levers(plan, limit) {
    return findLevers(plan, await factsOfAll(), limit);
  },
};
