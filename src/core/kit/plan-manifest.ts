/** What the GGUF conversion of a plan must give: one rule for the page and the command line. */
import type { Model } from "../domain/catalog.ts";
import type { Plan } from "../domain/plan.ts";
import type { GgufManifest } from "../domain/tensor.ts";
import { buildManifest } from "../tensors/gguf-manifest.ts";
import { ggufFileType } from "../tensors/gguf-mixes.ts";

/** The manifest that a kit for `plan` carries; undefined for weights that no conversion makes. */
export function manifestOfPlan(plan: Plan, model: Model): GgufManifest | undefined {
  const type = ggufFileType(plan.weights);
  if (type === null) return undefined;
  const { imatrix = false, mtpLayer = false, tensorTypes: overrides = [] } = plan.options;
  return buildManifest(model.architecture, plan.model, type, { imatrix, mtpLayer, overrides });
}
