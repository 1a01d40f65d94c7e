import type { Accelerator, Catalog } from "../../domain/catalog.ts";
import type { Estimate } from "../../domain/estimate.ts";
import type { ExplainedSource } from "../../domain/explanation.ts";
import type { Plan } from "../../domain/plan.ts";
import type { Fact } from "../../domain/provenance.ts";
import { acceleratorOf, engineVersionOf, type StepModelFacts } from "../serving/step-models.ts";

/** Sources that a plan's numbers rest on, each with what it gives. */
export function sourcesOf(plan: Plan, facts: StepModelFacts, estimate: Estimate): readonly ExplainedSource[] {
  const { catalog, opTables } = facts;
  const { take, list } = sourceList(catalog);
  takeDevice(acceleratorOf(plan, catalog), take);
  take(opTables?.source, "measured operator times");
  takeHost(catalog, plan, take);
  const engine = catalog.engines.get(plan.engine);
  if (engine) take(engineVersionOf(engine, plan.options.engineVersion).source, "engine defaults");
  take(catalog.weightFormats.get(plan.weights)?.source, "weight format");
  for (const { kind, source } of estimate.cost?.lines ?? []) {
    if (kind !== "api") take(source, kind === "rent" ? "rental prices" : "purchase price");
  }
  return list();
}

type Take = (id: string | undefined, gives: string) => void;

/** Gathers what each source gives; a source without a record in the catalog is left out. */
export function sourceList(catalog: Catalog): {
  readonly take: Take;
  readonly list: () => readonly ExplainedSource[];
} {
  const given = new Map<string, string[]>();
  return {
    take: (id, gives) => {
      if (id === undefined) return;
      const known = given.get(id) ?? [];
      if (!known.includes(gives)) given.set(id, [...known, gives]);
    },
    list: () =>
      [...given].flatMap(([id, gives]) => {
        const source = catalog.sources.get(id);
        if (source === undefined) return [];
        const { title, url, retrieved } = source;
        return [{ title, ...(url === undefined ? {} : { url }), retrieved, gives: gives.join(", ") }];
      }),
  };
}

/** The rate of the plan's host's memory. */
export function takeHost({ hosts }: Catalog, { cluster }: Pick<Plan, "cluster">, take: Take): void {
  const host = cluster.host === undefined ? undefined : hosts.get(cluster.host);
  take(
    (host?.memoryBandwidthAchieved ?? host?.memoryBandwidthSpecification)?.source,
    "host memory bandwidth",
  );
}

/** Where the rents of a plan's accelerator were read; none where the plan brings its own rate. */
export function takeRents(
  { rentalOffers }: Catalog,
  { cluster, price }: Pick<Plan, "cluster" | "price">,
  take: Take,
): void {
  if (price?.usdPerAcceleratorHour !== undefined) return;
  for (const { accelerator, term, source } of rentalOffers) {
    if (accelerator === cluster.accelerator && term === (price?.term ?? "on-demand"))
      take(source, "rental prices");
  }
}

/** Memory, peaks and links of an accelerator. */
export function takeDevice(device: Accelerator | undefined, take: Take): void {
  if (device === undefined) return;
  take(device.memory.source, "memory");
  take(device.memoryBandwidth.source, "memory bandwidth");
  for (const fact of Object.values(device.peakDense) as (Fact<number> | undefined)[]) {
    take(fact?.source, "peak rates");
  }
  take(device.scaleUp?.bandwidthPerAcceleratorOneWay.source, "links");
}
