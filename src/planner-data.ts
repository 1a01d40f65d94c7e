/**
 * The one door to planner-data: everything small is parsed at once into `catalog`; big tables are
 * chunks of their own that load on demand.
 */
import type { Catalog } from "./core/domain/catalog.ts";
import type { EngineFlags } from "./core/domain/engine-flags.ts";
import type { MeasurementRecord } from "./core/domain/measurement.ts";
import type { OpTableSet } from "./core/domain/op-tables.ts";
import { formatProblem, type Problem } from "./core/domain/problem.ts";
import type { Result } from "./core/domain/result.ts";
import { parseCatalog } from "./core/catalog/parse-catalog.ts";
import { parseMeasurementTable } from "./core/catalog/parse-records.ts";
import { parseOpTables } from "./core/catalog/parse-op-tables.ts";

const ROOT = "../planner-data/";

const eager = import.meta.glob(
  [
    "../planner-data/sources.json",
    "../planner-data/{models,accelerators,hosts,fabrics,quantizations,prices}/*.json",
    "../planner-data/engines/*.json",
  ],
  { eager: true, import: "default" },
);
const opTables = import.meta.glob<unknown>("../planner-data/op-latency/*.json", { import: "default" });
const engineFlags = import.meta.glob<unknown>("../planner-data/engines/flags/*.json", { import: "default" });
const measurements = import.meta.glob<unknown>("../planner-data/measurements/records.json", {
  import: "default",
});

export const catalog: Catalog = orThrow(
  parseCatalog(
    Object.fromEntries(Object.entries(eager).map(([path, content]) => [path.slice(ROOT.length), content])),
  ),
  "planner-data",
);

/** Measured operator latencies of an accelerator; null where there are none. */
export async function loadOpTables(accelerator: string): Promise<OpTableSet | null> {
  const content = await load(opTables, `op-latency/${accelerator}.json`);
  return content === null ? null : orThrow(parseOpTables(content), `op-latency/${accelerator}.json`);
}

/** What an engine's command lines accept; null for engines without kits. */
export async function loadEngineFlags(engine: string): Promise<EngineFlags | null> {
  return (await load(engineFlags, `engines/flags/${engine}.json`)) as EngineFlags | null;
}

/** All published measurements. */
export async function loadMeasurements(): Promise<readonly MeasurementRecord[]> {
  const file = "measurements/records.json";
  const content = await load(measurements, file);
  if (content === null) throw new Error(`${file}: required, and missing`);
  return orThrow(parseMeasurementTable(content), file);
}

async function load(modules: Record<string, () => Promise<unknown>>, path: string): Promise<unknown> {
  const module = modules[ROOT + path];
  return module ? await module() : null;
}

/** Data that ships with the product and is refused is a bug of the build: nothing can go on. */
function orThrow<T>(result: Result<T, Problem>, root: string): T {
  if (result.ok) return result.value;
  throw new Error(formatProblem(result.error, root));
}
