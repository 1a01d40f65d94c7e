/** What the benchmark measures, bundled as it ships. */
export { EXAMPLE_PLAN, parsePlan } from "../src/core/domain/parse-plan.ts";
export { vocabularyOf } from "../src/core/domain/plan-vocabulary.ts";
export { planToLink } from "../src/core/link/plan-link.ts";
export { evaluate } from "../src/core/model/evaluate.ts";
export { catalog, loadOpTables } from "../src/planner-data.ts";
