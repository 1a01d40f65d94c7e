import type { Plan } from "../../../core/domain/plan.ts";
import type { OwnedHardware, SearchQuery } from "../../../core/domain/search.ts";

/** The question that a plan is one answer to: its model, workload and limits, over everything known. */
export function queryOfPlan({ model, workload, slo }: Plan): SearchQuery {
  return { version: 1, model, workload, slo, budget: {}, layouts: {}, objective: "cheapest" };
}

/** The machines of a plan, as hardware at hand; undefined where it has no accelerators. */
export function ownedByPlan({ cluster }: Plan): readonly OwnedHardware[] | undefined {
  const { accelerator, acceleratorsPerNode, nodes, host, hostMemoryGiB } = cluster;
  if (accelerator === undefined || acceleratorsPerNode === 0) return undefined;
  const machine =
    host === undefined ? {} : { host, ...(hostMemoryGiB === undefined ? {} : { hostMemoryGiB }) };
  return [{ accelerator, acceleratorsPerNode, nodes, ...machine }];
}
