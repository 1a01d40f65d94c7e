import type { Catalog } from "../src/core/domain/catalog.ts";
import { FRAMEWORKS } from "../src/core/domain/finetune-plan.ts";
import { OFFERS } from "../src/core/model/finetune/offers.ts";
import type { Directory } from "./api.ts";

export function directoryOf(catalog: Catalog): Directory {
  return {
    models: [...catalog.models.values()].map(({ id, name }) => ({ id, name })),
    weights: [...catalog.weightFormats.values()].map(({ id, name, family, engines }) => ({
      id,
      name,
      family,
      engines: [...engines],
    })),
    engines: [...catalog.engines.values()].map(({ id, name, current, versions, kit }) => ({
      id,
      name,
      current,
      versions: versions.map(({ version }) => version),
      kit,
    })),
    frameworks: FRAMEWORKS.map((id) => {
      const { bases } = OFFERS[id];
      const name = catalog.trainingFrameworks.get(id)?.name ?? id;
      const methods = Object.entries(bases).flatMap(([method, of]) => of.map((base) => `${method}/${base}`));
      return { id, name, methods };
    }),
    accelerators: [...catalog.accelerators.values()].map((accelerator) => ({
      id: accelerator.id,
      name: accelerator.name,
      shortName: accelerator.shortName,
      vendor: accelerator.vendor,
      kind: accelerator.kind,
      memoryBytes: accelerator.memory.value,
      launched: accelerator.launched,
    })),
    hosts: [...catalog.hosts.values()].map(({ id, name, memoryOptionsGiB }) => ({
      id,
      name,
      memoryOptionsGiB: [...memoryOptionsGiB],
    })),
    fabrics: [...catalog.fabrics.values()].map(({ id, name }) => ({ id, name })),
    providers: [...new Set(catalog.rentalOffers.map(({ provider }) => provider))].sort(),
  };
}
