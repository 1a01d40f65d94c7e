/** Checked files of models, weight formats and engines as domain values. */
import type { CheckpointRepository, Engine, EngineDefaults, Model, WeightFormat } from "../domain/catalog.ts";
import type { EngineFile, ModelFile, WeightFormatRow } from "./software-schema.ts";

export function buildModel(file: ModelFile): Model {
  return {
    id: file.id,
    name: file.name,
    architecture: file.architecture.values,
    nativeWeights: file.nativeWeights,
    ...(file.servedBy === undefined ? {} : { servedBy: file.servedBy }),
    sampling: file.sampling as Model["sampling"],
    repositories: file.repositories as readonly CheckpointRepository[],
    released: file.released as Model["released"],
    licence: file.licence,
  };
}

export function buildWeightFormat(row: WeightFormatRow): WeightFormat {
  return { ...row, family: row.id.startsWith("gguf:") ? "gguf" : "safetensors" } as WeightFormat;
}

/**
 * Gives every version the defaults that hold for it: those of the nearest `since` at or before it.
 *
 * Versions stand oldest first in the file; `check-ids.ts` has made sure that each `since` names one and
 * that the first names the oldest.
 */
export function buildEngine(file: EngineFile): Engine {
  let current: EngineDefaults | undefined;
  const versions = file.versions.map(({ version, date, image, source }) => {
    const next = file.defaults.find((candidate) => candidate.since === version);
    if (next) {
      current = withoutSince(next) as unknown as EngineDefaults;
    }
    if (!current) throw new Error(`engine ${file.id}: no defaults for version ${version}`);
    return { version, date, ...(image === undefined ? {} : { image }), defaults: current, source };
  });
  return { id: file.id, name: file.name, versions, current: file.current, kit: file.kit };
}

function withoutSince(defaults: EngineFile["defaults"][number]): object {
  return Object.fromEntries(Object.entries(defaults).filter(([key]) => key !== "since"));
}
