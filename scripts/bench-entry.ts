/** What the benchmark measures, bundled as it ships. */
export { EXAMPLE_PLAN, parsePlan } from "../src/core/domain/parse-plan.ts";
export { vocabularyOf } from "../src/core/domain/plan-vocabulary.ts";
export { planToLink } from "../src/core/link/plan-link.ts";
export { evaluate } from "../src/core/model/evaluate.ts";
export { catalog, loadOpTables } from "../src/planner-data.ts";
export { compileKit } from "../src/core/kit/compile-kit.ts";
export { zipKit } from "../src/core/kit/zip-kit.ts";
export { estimateMemory } from "../src/core/model/memory/estimate-memory.ts";
export { findNearbyPlans } from "../src/core/search/nearby.ts";
export { buildManifest } from "../src/core/tensors/gguf-manifest.ts";
export { ggufFileType } from "../src/core/tensors/gguf-mixes.ts";
export { loadEngineFlags } from "../src/planner-data.ts";
