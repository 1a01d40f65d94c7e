/** What the search benchmark measures, bundled as it ships. */
export { parseSearchQuery } from "../src/core/domain/parse-search-query.ts";
export { vocabularyOf } from "../src/core/domain/plan-vocabulary.ts";
export { enumerateSpace, planOfCandidate } from "../src/core/search/enumerate.ts";
export { mergeParts, runPart, search, searchAll } from "../src/core/search/search.ts";
export { catalog, loadOpTables } from "../src/planner-data.ts";
export { EXAMPLE_PLAN } from "../src/core/domain/parse-plan.ts";
export { findLevers } from "../src/core/search/levers.ts";
export { frontier } from "../src/core/search/frontier.ts";
