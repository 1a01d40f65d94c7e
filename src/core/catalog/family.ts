import type { Catalog } from "../domain/catalog.ts";
import type { FamilyMember } from "../domain/model-file.ts";

/** The catalog's models as a file is matched with them. */
export const familyOf = (catalog: Catalog): readonly FamilyMember[] =>
  [...catalog.models.values()].map(({ id, name, architecture, repositories }) => ({
    id,
    name,
    architecture,
    repositories: repositories.map(({ repository }) => repository),
  }));
