/**
 * The one door to planner-data: everything small is parsed at once into `catalog`; big tables are
 * chunks of their own that load on demand.
 */
import type { Catalog } from "./core/domain/catalog.ts";
import type { EngineFlags } from "./core/domain/engine-flags.ts";
import type { MeasurementRecord } from "./core/domain/measurement.ts";
import type { PublishedQuality, SizingClaim } from "./core/domain/published.ts";
import type { OpTableSet } from "./core/domain/op-tables.ts";
import { formatProblem, type Problem } from "./core/domain/problem.ts";
import type { Result } from "./core/domain/result.ts";
import type { StudentFacts } from "./core/domain/student.ts";
import { parseCatalog } from "./core/catalog/parse-catalog.ts";
import { parseIntervals } from "./core/catalog/parse-intervals.ts";
import { parseMeasurementTable } from "./core/catalog/parse-records.ts";
import { parseClaims, parseQuality, parseSuspects } from "./core/catalog/parse-published.ts";
import { parseOpTables } from "./core/catalog/parse-op-tables.ts";
import { parseStudents } from "./core/catalog/parse-students.ts";

const ROOT = "../planner-data/";

const eager = import.meta.glob(
  [
    "../planner-data/sources.json",
    "../planner-data/{models,accelerators,hosts,fabrics,quantizations,prices}/*.json",
    "../planner-data/engines/*.json",
    "../planner-data/training/frameworks.json",
  ],
  { eager: true, import: "default" },
);
const onDemand = import.meta.glob<unknown>(
  [
    "../planner-data/op-latency/*.json",
    "!../planner-data/op-latency/OUTLIERS.json",
    "../planner-data/engines/flags/*.json",
    "../planner-data/{measurements,quality,claims,students}/*.json",
    "!../planner-data/measurements/{run-settings,percentiles}.json",
  ],
  { import: "default" },
);

const intervals = import.meta.glob<unknown>("../planner-data/calibration/intervals.json", {
  eager: true,
  import: "default",
});

export const catalog: Catalog = {
  ...orThrow(
    parseCatalog(
      Object.fromEntries(Object.entries(eager).map(([path, content]) => [path.slice(ROOT.length), content])),
    ),
    "planner-data",
  ),
  ...errorIntervals(),
};

const sourceIds: ReadonlySet<string> = new Set(catalog.sources.keys());

/** Measured operator latencies of an accelerator; null where there are none. */
export async function loadOpTables(accelerator: string): Promise<OpTableSet | null> {
  const file = `op-latency/${accelerator}.json`;
  const content = await loadIfPresent(file);
  return content === null ? null : orThrow(parseOpTables(content, sourceIds), file);
}

/** What an engine's command lines accept; null for engines without kits. */
export async function loadEngineFlags(engine: string): Promise<EngineFlags | null> {
  return (await loadIfPresent(`engines/flags/${engine}.json`)) as EngineFlags | null;
}

/** All published measurements, training and slices included. */
export async function loadMeasurements(): Promise<readonly MeasurementRecord[]> {
  const file = "measurements/records.json";
  return orThrow(parseMeasurementTable(await load(file)), file);
}

/** Measured when the model stood, on machines that no fit has seen: no fit may ever take them. */
export async function loadUnseenMeasurements(): Promise<readonly MeasurementRecord[]> {
  const file = "measurements/unseen.json";
  return orThrow(parseMeasurementTable(await load(file)), file);
}

/** Measurements to look at before counting them against a prediction: record id → kinds of suspicion. */
export async function loadSuspects(): Promise<ReadonlyMap<string, readonly string[]>> {
  const file = "measurements/suspect.json";
  return orThrow(parseSuspects(await load(file)), file);
}

/** Published perplexities. A type without one is "not published". */
export async function loadQuality(): Promise<PublishedQuality> {
  const file = "quality/quality.json";
  return orThrow(parseQuality(await load(file), sourceIds), file);
}

/** Circulating sizing claims, to be recomputed. */
export async function loadClaims(): Promise<readonly SizingClaim[]> {
  const file = "claims/claims.json";
  return orThrow(parseClaims(await load(file), sourceIds), file);
}

/** Students, edge devices, and what was measured of both. */
export async function loadStudents(): Promise<StudentFacts> {
  const [models, devices, speeds, training] = await Promise.all(
    ["models", "devices", "speeds", "training"].map((file) => load(`students/${file}.json`)),
  );
  return orThrow(parseStudents({ models, devices, speeds, training }, sourceIds), "students");
}

/** Error of the speed model by class, as `npm run calibrate` left it; absent before its first run. */
function errorIntervals(): Pick<Catalog, "intervals"> {
  const file = "calibration/intervals.json";
  const content = intervals[ROOT + file];
  return content === undefined ? {} : { intervals: orThrow(parseIntervals(content), file) };
}

async function load(file: string): Promise<unknown> {
  const content = await loadIfPresent(file);
  if (content === null) throw new Error(`${file}: required, and missing`);
  return content;
}

async function loadIfPresent(file: string): Promise<unknown> {
  const module = onDemand[ROOT + file];
  return module ? await module() : null;
}

/** Data that ships with the product and is refused is a bug of the build: nothing can go on. */
function orThrow<T>(result: Result<T, Problem>, root: string): T {
  if (result.ok) return result.value;
  throw new Error(formatProblem(result.error, root));
}
