/** Which publications a plan's numbers rest on: of its hardware, model, engine, operator times and prices. */
import type { Catalog, Source } from "../src/core/domain/catalog.ts";
import type { Estimate } from "../src/core/domain/estimate.ts";
import type { OpTableSet } from "../src/core/domain/op-tables.ts";
import type { Plan } from "../src/core/domain/plan.ts";

/** `of`: what was taken from it. */
export interface PlanSource extends Source {
  readonly of: readonly string[];
}

/** Every source once, in the order of what it tells: machine, model, engine, times, prices. */
export function planSources(
  plan: Plan,
  catalog: Catalog,
  opTables: OpTableSet | null,
  estimate: Estimate,
): readonly PlanSource[] {
  const { accelerator, host, fabric } = plan.cluster;
  const machine = accelerator === undefined ? undefined : catalog.accelerators.get(accelerator);
  const box = host === undefined ? undefined : catalog.hosts.get(host);
  const network = fabric === undefined ? undefined : catalog.fabrics.get(fabric);
  const model = catalog.models.get(plan.model);
  const engine = catalog.engines.get(plan.engine);
  const version = plan.options.engineVersion ?? engine?.current;
  const parts: readonly (readonly [string, unknown])[] = [
    [machine?.shortName ?? "", machine],
    [box?.name ?? "", box],
    [network?.name ?? "", network],
    [model?.name ?? "", model && { ...model, repositories: [] }],
    ["weights", catalog.weightFormats.get(plan.weights)],
    ["engine defaults", engine?.versions.find((known) => known.version === version)],
    ["operator times", opTables && { source: opTables.source }],
    ["prices", estimate.cost?.lines],
  ];
  const found = new Map<string, Set<string>>();
  for (const [name, facts] of parts) {
    for (const id of sourcesIn(facts)) found.set(id, (found.get(id) ?? new Set()).add(name));
  }
  return [...found].flatMap(([id, of]) => {
    const source = catalog.sources.get(id);
    return source === undefined ? [] : [{ ...source, of: [...of] }];
  });
}

/** Every `source` of the facts below a value. */
function sourcesIn(value: unknown): readonly string[] {
  if (value instanceof Map) return [...value.values()].flatMap(sourcesIn);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "source" && typeof inner === "string" ? [inner] : sourcesIn(inner),
  );
}
