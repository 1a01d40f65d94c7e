/** What all candidates of a family share: whether the engine takes these weights there, price, power. */
import type { Accelerator, Catalog } from "../domain/catalog.ts";
import type { OpTableSet } from "../domain/op-tables.ts";
import type { AcceleratorId, Plan } from "../domain/plan.ts";
import type { SearchCause } from "../domain/search.ts";
import { estimateCost } from "../model/cost/cost.ts";
import { checkEngine } from "../model/memory/check-engine.ts";
import { memoryFacts, type MemoryFacts } from "../model/memory/memory-facts.ts";
import { acceleratorOf, type StepModelFacts } from "../model/serving/step-models.ts";

/** Facts that candidates are judged by; tables of the accelerators that have any. */
export interface SearchFacts {
  readonly catalog: Catalog;
  readonly opTables: ReadonlyMap<AcceleratorId, OpTableSet>;
}

/** Facts of one accelerator, as `evaluate` takes them. */
export function modelFacts(facts: SearchFacts, accelerator: AcceleratorId | undefined): StepModelFacts {
  const opTables = accelerator === undefined ? undefined : facts.opTables.get(accelerator);
  return { catalog: facts.catalog, opTables: opTables ?? null };
}

/** Why no candidate like this plan can be, before any bytes are counted. */
export function refuseEngine(plan: Plan, catalog: Catalog): SearchCause | MemoryFacts {
  const facts = memoryFacts(plan, catalog);
  if (!facts.ok) return "missing-fact";
  const { infeasible } = checkEngine(plan, facts.value);
  const kind = infeasible[0]?.kind;
  if (kind === undefined) return facts.value;
  return kind === "engine" || kind === "precision" || kind === "context" ? kind : "missing-fact";
}

/** Accelerators with their share of host and cooling; null where no draw is known. */
export function clusterWatts(
  accelerator: Accelerator | undefined,
  count: number,
  catalog: Catalog,
): number | null {
  if (accelerator === undefined) return null;
  const { ownership } = catalog;
  const allIn = ownership.allInPowerPerAccelerator.get(accelerator.id)?.value;
  if (allIn !== undefined) return count * allIn;
  const board = accelerator.powerDraw?.value;
  if (board === undefined) return null;
  const share = accelerator.kind === "unified-memory" ? 0 : ownership.systemPriceShare.value;
  return count * board * (1 + share) * ownership.powerUsageEffectiveness.value;
}

export interface ClusterCost {
  /** NaN where no price is known. */
  readonly usdPerHour: number;
  readonly watts: number | null;
}

/** Price and power of a plan's cluster. */
export function clusterCost(plan: Plan, catalog: Catalog): ClusterCost {
  const { acceleratorsPerNode, nodes } = plan.cluster;
  const accelerator = acceleratorOf(plan, catalog);
  return {
    usdPerHour: estimateCost(plan, catalog, accelerator, null, null).cost.usdPerHour ?? Number.NaN,
    watts: clusterWatts(accelerator, acceleratorsPerNode * nodes, catalog),
  };
}
