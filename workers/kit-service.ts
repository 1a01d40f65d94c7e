/** Kits, for whichever thread they are asked on. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { fail, ok } from "../src/core/domain/result.ts";
import { compileKit } from "../src/core/kit/compile-kit.ts";
import { manifestOfPlan } from "../src/core/kit/plan-manifest.ts";
import { zipKit } from "../src/core/kit/zip-kit.ts";
import { evaluate } from "../src/core/model/evaluate.ts";
import { catalog, loadEngineFlags, loadOpTables } from "../src/planner-data.ts";
import type { KitApi } from "./api.ts";

export const kitCompiler: KitApi = {
  async compile(plan, link) {
    const { accelerator } = plan.cluster;
    const opTables = accelerator === undefined ? null : await loadOpTables(accelerator);
    const estimate = evaluate(plan, { catalog, opTables });
    const flags = await loadEngineFlags(plan.engine);
    if (flags === null) {
      return fail({
        path: "engine",
        problem: `there is no kit for ${catalog.engines.get(plan.engine)?.name ?? plan.engine} yet`,
      });
    }
    const model = catalog.models.get(plan.model);
    const manifest = model && manifestOfPlan(plan, model);
    const kit = compileKit({ plan, estimate, catalog, flags, link, ...(manifest ? { manifest } : {}) });
    if (!kit.ok) return kit;
    const zip = zipKit(kit.value);
    return ok({ kit: kit.value, zip, sha256: bytesToHex(sha256(zip)), estimate });
  },
};
