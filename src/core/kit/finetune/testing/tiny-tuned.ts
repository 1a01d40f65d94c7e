/** Fine-tuning kits of the tiny model, whose export scripts run for real: `npm run test:kits`. */
import { TINY } from "../../../../../test/llama-cpp/tiny-model.mjs";
import { catalog } from "../../../../planner-data.ts";
import type { MlaArchitecture } from "../../../domain/architecture.ts";
import type { ResultPlan } from "../../../domain/finetune-plan.ts";
import type { Kit } from "../../../domain/kit.ts";
import { evaluateFinetune } from "../../../model/finetune/evaluate-finetune.ts";
import { cluster, planOf } from "../../../model/finetune/testing/plan-of.ts";
import { listArchitectureTensors } from "../../../tensors/architecture-tensors.ts";
import { storeTensors } from "../../../tensors/store-tensors.ts";
import { compileFinetuneKit } from "../compile-finetune-kit.ts";

/** The converter knows the family by its tokenizer: with it comes the whole vocabulary. */
const architecture: MlaArchitecture = { ...TINY, vocabularySize: 129280 };
const RANK = 4;
const RANKS = { o: RANK, dense: RANK, shared: RANK };
const ADAPTED = /(o_proj|mlp\.(gate|up|down)_proj|shared_experts\.\w+)\.weight$/;
const UNUSED = /(q_a_proj|q_b_proj|kv_a_proj_with_mqa)\.weight$/;

const matrices = (named: RegExp) =>
  listArchitectureTensors(architecture, { mtpLayer: false })
    .filter(({ name }) => named.test(name))
    .map(({ name, shape }) => ({ name, shape }));

function kitOf(result: ResultPlan): Kit {
  const model = catalog.models.get("deepseek-v3");
  const framework = catalog.trainingFrameworks.get("ktransformers");
  if (!model || !framework) throw new Error("deepseek-v3 or ktransformers is not catalogued");
  const tiny = { ...model, architecture };
  const plan = planOf({
    framework: "ktransformers",
    adapters: { ranks: RANKS, alpha: 2 * RANK },
    cluster: cluster("h200-sxm", 1, 1, { host: "xeon-5th-2s", hostMemoryGiB: 64 }),
    result,
  });
  const models = new Map(catalog.models).set(tiny.id, tiny);
  const kit = compileFinetuneKit({
    plan,
    estimate: evaluateFinetune(plan, { catalog: { ...catalog, models } }),
    model: tiny,
    framework,
    needsImatrix: false,
    link: "1.AAAA",
  });
  if (!kit.ok) throw new Error(`${kit.error.path}: ${kit.error.problem}`);
  return kit.value;
}

export const TINY_TUNED = {
  architecture,
  rank: RANK,
  alpha: 2 * RANK,
  /** The base as the framework reads it. */
  checkpointTensors: storeTensors(architecture, "bf16", { mtpLayer: false }),
  /** Matrices that carry an adapter, as the checkpoint names them. */
  adapted: matrices(ADAPTED),
  /** Matrices whose adapters llama.cpp does not use. */
  unused: matrices(UNUSED),
  adapterKit: kitOf({ form: "adapter", weights: "gguf:BF16" }),
  mergedKit: kitOf({ form: "merged", weights: "gguf:BF16" }),
};
