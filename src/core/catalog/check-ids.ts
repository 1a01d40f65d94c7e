/** References between files: ids are unique, and every id that a file names is defined. */
import type { Problem } from "../domain/problem.ts";
import { danglingSource } from "./check-references.ts";
import { joinPath } from "./describe-issue.ts";
import { API_COLUMNS, RENTAL_COLUMNS, type ApiRow, type RentalRow } from "./price-schema.ts";
import type { EngineFile, ModelFile, WeightFormatRow } from "./software-schema.ts";

/** One file's content with the path that problems name. */
export interface Located<T> {
  readonly file: string;
  readonly value: T;
}

interface WithId {
  readonly id: string;
}

/** All checked files, before they are joined. */
export interface CatalogRecords {
  readonly models: readonly Located<ModelFile>[];
  readonly accelerators: readonly Located<WithId>[];
  readonly hosts: readonly Located<WithId>[];
  readonly fabrics: readonly Located<WithId>[];
  readonly engines: readonly Located<EngineFile>[];
  readonly weightFormats: readonly Located<readonly WeightFormatRow[]>[];
  readonly rentals: { readonly rows: readonly RentalRow[] };
  readonly api: { readonly rows: readonly ApiRow[] };
  readonly ownership: { readonly allInPowerPerAccelerator: Readonly<Record<string, unknown>> };
}

/** The first id that is double, misplaced or dangling; undefined when all hold together. */
export function checkIds(records: CatalogRecords, sources: ReadonlySet<string>): Problem | undefined {
  const accelerators = new Set(records.accelerators.map((one) => one.value.id));
  const formats = new Set(records.weightFormats.flatMap((one) => one.value.map((row) => row.id)));
  return (
    first(
      [records.models, records.accelerators, records.hosts, records.fabrics, records.engines],
      checkFiles,
    ) ??
    checkFormats(records) ??
    first(records.models, (model) => checkModel(model, formats)) ??
    first(records.engines, (engine) => checkEngine(engine, accelerators)) ??
    checkPrices(records, accelerators, sources)
  );
}

/** A file is named by its id, so two files with one id cannot both be right. */
function checkFiles(records: readonly Located<WithId>[]): Problem | undefined {
  const seen = new Map<string, string>();
  for (const { file, value } of records) {
    const other = seen.get(value.id);
    if (other) return { path: joinPath(file, "id"), problem: `duplicate id ${value.id}, also in ${other}` };
    seen.set(value.id, file);
  }
  for (const { file, value } of records) {
    const named = file.slice(file.lastIndexOf("/") + 1, -".json".length);
    if (named !== value.id) {
      return {
        path: joinPath(file, "id"),
        problem: `expected ${named}, as the file is named, got ${value.id}`,
      };
    }
  }
  return undefined;
}

function checkFormats(records: CatalogRecords): Problem | undefined {
  const seen = new Map<string, string>();
  for (const { file, value } of records.weightFormats) {
    for (const [index, { id }] of value.entries()) {
      const here = joinPath(file, `[${index}].id`);
      const other = seen.get(id);
      if (other) return { path: here, problem: `duplicate id ${id}, also at ${other}` };
      seen.set(id, here);
    }
  }
  return undefined;
}

function checkModel({ file, value }: Located<ModelFile>, formats: ReadonlySet<string>): Problem | undefined {
  if (!formats.has(value.nativeWeights))
    return unknown(file, "nativeWeights", "weight format", value.nativeWeights);
  const index = value.repositories.findIndex((one) => !formats.has(one.weights));
  const missing = value.repositories[index];
  return missing && unknown(file, `repositories[${index}].weights`, "weight format", missing.weights);
}

function checkEngine(engine: Located<EngineFile>, accelerators: ReadonlySet<string>): Problem | undefined {
  const { file, value } = engine;
  const versions = value.versions.map((one) => one.version);
  const twice = versions.findIndex((version, index) => versions.indexOf(version) !== index);
  if (twice >= 0) {
    return {
      path: joinPath(file, `versions[${twice}].version`),
      problem: `duplicate version ${versions[twice]}`,
    };
  }
  if (!versions.includes(value.current)) return unknown(file, "current", "version", value.current);
  if (value.defaults[0]?.since !== versions[0]) {
    return {
      path: joinPath(file, "defaults[0].since"),
      problem: `expected the oldest version, ${versions[0]}`,
    };
  }
  for (const [index, defaults] of value.defaults.entries()) {
    if (!versions.includes(defaults.since))
      return unknown(file, `defaults[${index}].since`, "version", defaults.since);
    for (const [tier, { except = [] }] of (defaults.deviceTiers ?? []).entries()) {
      const position = except.findIndex((id) => !accelerators.has(id));
      const id = except[position];
      if (id === undefined) continue;
      return unknown(file, `defaults[${index}].deviceTiers[${tier}].except[${position}]`, "accelerator", id);
    }
  }
  return undefined;
}

function checkPrices(
  { rentals, api, ownership }: CatalogRecords,
  accelerators: ReadonlySet<string>,
  sources: ReadonlySet<string>,
): Problem | undefined {
  const sourceOf = RENTAL_COLUMNS.indexOf("source");
  for (const [index, row] of rentals.rows.entries()) {
    const [, , accelerator, , , , , , , source] = row;
    if (!accelerators.has(accelerator)) {
      return unknown("prices/rentals.json", `rows[${index}][2]`, "accelerator", accelerator);
    }
    if (!sources.has(source))
      return danglingSource("prices/rentals.json", `rows[${index}][${sourceOf}]`, source);
  }
  for (const [index, row] of api.rows.entries()) {
    const [, , , , , , source] = row;
    const column = API_COLUMNS.indexOf("source");
    if (!sources.has(source)) return danglingSource("prices/api.json", `rows[${index}][${column}]`, source);
  }
  for (const id of Object.keys(ownership.allInPowerPerAccelerator)) {
    if (accelerators.has(id)) continue;
    return unknown("prices/ownership.json", `allInPowerPerAccelerator.${id}`, "accelerator", id);
  }
  return undefined;
}

const unknown = (file: string, path: string, what: string, id: string): Problem => ({
  path: joinPath(file, path),
  problem: `no ${what} "${id}"`,
});

function first<T>(items: readonly T[], check: (item: T) => Problem | undefined): Problem | undefined {
  for (const item of items) {
    const problem = check(item);
    if (problem) return problem;
  }
  return undefined;
}
