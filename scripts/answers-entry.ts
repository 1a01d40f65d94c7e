/** What the build works out for the search view's first question. */
import { EXAMPLE_PLAN } from "../src/core/domain/parse-plan.ts";
import { writeAnswers } from "../src/core/search/answers-file.ts";
import { enumerateSpace } from "../src/core/search/enumerate.ts";
import { KnownInstances } from "../src/core/search/known.ts";
import { runPart } from "../src/core/search/search.ts";
import { catalog, loadOpTables } from "../src/planner-data.ts";
import { queryOfPlan } from "../src/ui/panels/search/query-of-plan.ts";

/** Every instance under the example's load. Without limits, so that whatever is asked for is there. */
export async function exampleAnswers(): Promise<Uint8Array> {
  const query = { ...queryOfPlan(EXAMPLE_PLAN), slo: {} };
  const known = new KnownInstances();
  const opTables = new Map();
  for (const id of catalog.accelerators.keys()) opTables.set(id, await loadOpTables(id));
  for (const [id, tables] of opTables) if (tables === null) opTables.delete(id);
  await runPart(query, { catalog, opTables }, { known });
  return writeAnswers(enumerateSpace(query, catalog), known);
}
