/**
 * planner-data/*.json → Catalog, or the one field that is wrong and in which file.
 *
 * Files are given as path → JSON value (`accelerators/h200-sxm.json`), so the same parser runs in the
 * page, in the command line and in tests.
 */
import * as v from "valibot";
import type { Accelerator, Catalog, Fabric, Host, OwnershipFacts, Source } from "../domain/catalog.ts";
import type { Problem } from "../domain/problem.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { findDanglingSource } from "./check-references.ts";
import { checkSchema } from "./check-schema.ts";
import { acceleratorSchema, fabricSchema, hostSchema } from "./hardware-schema.ts";
import { buildEngine, buildModel, buildWeightFormat } from "./build-software.ts";
import { apiOffer, rentalOffer } from "./build-prices.ts";
import { checkIds, type Located } from "./check-ids.ts";
import { apiSchema, ownershipSchema, rentalSchema, sourcesSchema } from "./price-schema.ts";
import {
  engineSchema,
  modelSchema,
  trainingFrameworksSchema,
  weightFormatSchema,
} from "./software-schema.ts";

/** Path within planner-data → parsed JSON. */
export type CatalogFiles = Readonly<Record<string, unknown>>;

/** Thrown inside this module only, to leave nested readers; never escapes `parseCatalog`. */
class Refusal extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.problem);
    this.problem = problem;
  }
}

/**
 * Checks every file against its schema and every id and source against the files that define them.
 *
 * Returns a Problem whose path is the file and field, e.g.
 * `accelerators/h200-sxm.json: memoryBandwidth.unit` with `expected B/s, got GB/s`. Never throws on any JSON.
 */
export function parseCatalog(files: CatalogFiles): Result<Catalog, Problem> {
  try {
    return ok(read(files));
  } catch (error) {
    if (error instanceof Refusal) return fail(error.problem);
    throw error;
  }
}

function read(files: CatalogFiles): Catalog {
  const reader = createReader(files);
  const sources = reader.sources();
  const records = {
    models: reader.folder("models", modelSchema),
    accelerators: reader.folder("accelerators", acceleratorSchema),
    hosts: reader.folder("hosts", hostSchema),
    fabrics: reader.folder("fabrics", fabricSchema),
    engines: reader.folder("engines", engineSchema),
    weightFormats: reader.tables("quantizations", v.array(weightFormatSchema)),
    trainingFrameworks: reader.file("training/frameworks.json", trainingFrameworksSchema),
    rentals: reader.file("prices/rentals.json", rentalSchema),
    api: reader.file("prices/api.json", apiSchema),
    ownership: reader.file("prices/ownership.json", ownershipSchema),
  };
  reader.refuseUnread();
  const problem = checkIds(records, new Set(sources.keys()));
  if (problem) throw new Refusal(problem);

  // Schemas have checked the numbers; from here on they carry their units.
  const { allInPowerPerAccelerator, ...ownership } = records.ownership;
  return {
    sources,
    models: byId(records.models.map((one) => buildModel(one.value))),
    accelerators: byId(records.accelerators.map((one) => one.value as unknown as Accelerator)),
    hosts: byId(records.hosts.map((one) => one.value as unknown as Host)),
    fabrics: byId(records.fabrics.map((one) => one.value as unknown as Fabric)),
    weightFormats: byId(records.weightFormats.flatMap((one) => one.value.map(buildWeightFormat))),
    engines: byId(records.engines.map((one) => buildEngine(one.value))),
    trainingFrameworks: byId(records.trainingFrameworks),
    rentalOffers: records.rentals.rows.map(rentalOffer),
    apiOffers: records.api.rows.map(apiOffer),
    ownership: {
      ...ownership,
      allInPowerPerAccelerator: new Map(Object.entries(allInPowerPerAccelerator)),
    } as unknown as OwnershipFacts,
  };
}

const byId = <T extends { readonly id: string }>(items: readonly T[]): ReadonlyMap<T["id"], T> =>
  new Map(items.map((item) => [item.id, item]));

function createReader(files: CatalogFiles) {
  const unread = new Set(Object.keys(files));
  const sourceIds = new Set<string>();

  function check<S extends v.GenericSchema>(file: string, schema: S): v.InferOutput<S> {
    unread.delete(file);
    if (!(file in files)) throw new Refusal({ path: file, problem: "required, and missing" });
    const parsed = checkSchema(schema, files[file], file);
    if (!parsed.ok) throw new Refusal(parsed.error);
    const dangling = file === "sources.json" ? undefined : findDanglingSource(file, files[file], sourceIds);
    if (dangling) throw new Refusal(dangling);
    return parsed.value;
  }

  function inFolder(folder: string): string[] {
    const paths = Object.keys(files).filter((path) => path.startsWith(`${folder}/`));
    if (paths.length === 0) throw new Refusal({ path: folder, problem: "required, and holds no file" });
    return paths.sort();
  }

  return {
    sources(): ReadonlyMap<string, Source> {
      const table = check("sources.json", sourcesSchema);
      for (const id of Object.keys(table)) sourceIds.add(id);
      return new Map(Object.entries(table).map(([id, rest]) => [id, { id, ...rest } as Source]));
    },
    file: check,
    /** One record a file, named by its id. */
    folder<S extends v.GenericSchema<unknown, { readonly id: string }>>(folder: string, schema: S) {
      return inFolder(folder).map((file): Located<v.InferOutput<S>> => ({
        file,
        value: check(file, schema),
      }));
    },
    /** Several records a file. */
    tables<S extends v.GenericSchema>(folder: string, schema: S) {
      return inFolder(folder).map((file): Located<v.InferOutput<S>> => ({
        file,
        value: check(file, schema),
      }));
    },
    refuseUnread(): void {
      for (const file of unread) throw new Refusal({ path: file, problem: "no table of the catalog" });
    },
  };
}
