/** What lies around a plan: other loads, other cuts, single changes. */
import type { OpTableSet } from "../src/core/domain/op-tables.ts";
import type { AcceleratorId, Plan } from "../src/core/domain/plan.ts";
import { evaluate } from "../src/core/model/evaluate.ts";
import { rooflineOf } from "../src/core/model/serving/roofline.ts";
import { capacityMap } from "../src/core/search/capacity.ts";
import { frontier } from "../src/core/search/frontier.ts";
import { findLevers } from "../src/core/search/levers.ts";
import { modelFacts, type SearchFacts } from "../src/core/search/family-facts.ts";
import { sensitivityOf } from "../src/core/search/sensitivity.ts";
import { catalog, loadMeasurements, loadOpTables } from "../src/planner-data.ts";
import type { AdviceApi, FrontierBand } from "./advice-api.ts";
import { measuredLike } from "./advice-measured.ts";
import { weightTree } from "./weight-tree.ts";

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
  async capacity(plan) {
    return capacityMap(plan, await factsOf(plan));
  },
  async roofline(plan) {
    const found = rooflineOf(plan, modelFacts(await factsOf(plan), plan.cluster.accelerator));
    return found.ok ? found.value : null;
  },
  async sensitivity(plan) {
    return sensitivityOf(plan, await factsOfAll());
  },
  weightTree(plan) {
    const model = catalog.models.get(plan.model);
    const name = catalog.weightFormats.get(plan.weights)?.name ?? plan.weights;
    return Promise.resolve(model === undefined ? null : weightTree(model.architecture, plan, name));
  },
};
