import { COLUMN_NAMES } from "../rows.ts";
import type { SearchPart } from "../search.ts";

/** All that a part found, whatever the bounds of its batches. */
export const plainPart = ({ rows, tally }: SearchPart) => ({
  rows: COLUMN_NAMES.map((name) => rows.flatMap((columns) => [...columns[name]])),
  tally: { ...tally, rejected: [...tally.rejected] },
});
