/** Kits, for whichever thread they are asked on. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Plan } from "../src/core/domain/plan.ts";
import { fail, ok } from "../src/core/domain/result.ts";
import type { GgufFileType, GgufManifest } from "../src/core/domain/tensor.ts";
import { compileKit } from "../src/core/kit/compile-kit.ts";
import { zipKit } from "../src/core/kit/zip-kit.ts";
import { evaluate } from "../src/core/model/evaluate.ts";
import { buildManifest } from "../src/core/tensors/gguf-manifest.ts";
import { catalog, loadEngineFlags, loadOpTables } from "../src/planner-data.ts";
import type { KitApi } from "./api.ts";

function manifestOf(plan: Plan): GgufManifest | undefined {
  const model = catalog.models.get(plan.model);
  if (!model || !plan.weights.startsWith("gguf:") || plan.weights === "gguf:custom") return undefined;
  const type = plan.weights.slice("gguf:".length) as GgufFileType;
  const { imatrix = false, mtpLayer = false } = plan.options;
  return buildManifest(model.architecture, plan.model, type, { imatrix, mtpLayer });
}

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
    const manifest = manifestOf(plan);
    const kit = compileKit({ plan, estimate, catalog, flags, link, ...(manifest ? { manifest } : {}) });
    if (!kit.ok) return kit;
    const zip = zipKit(kit.value);
    return ok({ kit: kit.value, zip, sha256: bytesToHex(sha256(zip)), estimate });
  },
};
