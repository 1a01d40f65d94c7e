/** A `config.json` as model hubs keep it beside the weights. */
import type { FamilyMember, ModelFile } from "../../domain/model-file.ts";
import type { Problem } from "../../domain/problem.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { matchFamily, memberNamed, type FoundShape } from "./match-family.ts";
import { repositoryName } from "./repository-name.ts";

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Values of `model_type` in this family's published configurations. */
const FAMILY_TYPES = ["deepseek_v3", "deepseek_v32"];

const SHAPE_FIELDS = {
  hiddenSize: "hidden_size",
  vocabularySize: "vocab_size",
  layerCount: "num_hidden_layers",
  denseLayerCount: "first_k_dense_replace",
  denseIntermediateSize: "intermediate_size",
  expertIntermediateSize: "moe_intermediate_size",
  routedExpertCount: "n_routed_experts",
  sharedExpertCount: "n_shared_experts",
  expertsPerToken: "num_experts_per_tok",
  headCount: "num_attention_heads",
  queryLoraRank: "q_lora_rank",
  kvLoraRank: "kv_lora_rank",
  ropeHeadDim: "qk_rope_head_dim",
  nopeHeadDim: "qk_nope_head_dim",
  valueHeadDim: "v_head_dim",
} as const;

function shapeOf(config: Json): FoundShape {
  const shape: Record<string, { path: string; value: unknown }> = {};
  for (const [key, path] of Object.entries(SHAPE_FIELDS)) shape[key] = { path, value: config[path] };
  const sparse = config["index_topk"] !== undefined;
  shape["indexer"] = {
    path: "index_topk",
    value: sparse
      ? {
          headCount: config["index_n_heads"],
          headDim: config["index_head_dim"],
          attendedTokens: config["index_topk"],
        }
      : undefined,
  };
  return shape;
}

interface Format {
  readonly weights: string | null;
  readonly remark?: string;
}

/** Which weights format a `quantization_config` means. */
function formatOf(config: Json): Format {
  const quantization = config["quantization_config"];
  if (!isObject(quantization)) {
    const type = config["torch_dtype"] ?? config["dtype"];
    if (type === undefined || type === "bfloat16") return { weights: "bf16" };
    return {
      weights: null,
      remark: `torch_dtype ${JSON.stringify(type)?.slice(0, 40)} is no format known here; the plan's weights stay.`,
    };
  }
  const method = quantization["quant_method"];
  const algorithm = quantization["quant_algo"];
  const block = quantization["weight_block_size"];
  if (method === "fp8" && JSON.stringify(block) === "[128,128]") return { weights: "fp8" };
  if (method === "awq" && quantization["bits"] === 4) return { weights: "awq-int4" };
  if ((method === "modelopt" || method === "modelopt_fp4") && algorithm === "NVFP4")
    return { weights: "nvfp4" };
  const words = [method, algorithm]
    .filter((word) => typeof word === "string")
    .join(" ")
    .slice(0, 60);
  return {
    weights: null,
    remark: `quantization_config ${JSON.stringify(words)} is no format known here; the plan's weights stay.`,
  };
}

function mtpLayerOf(config: Json): Result<boolean, Problem> {
  const layers = config["num_nextn_predict_layers"] ?? 0;
  if (layers === 0 || layers === 1) return ok(layers === 1);
  return fail({
    path: "num_nextn_predict_layers",
    problem: `${JSON.stringify(layers)?.slice(0, 40)}, and this family has 1`,
  });
}

/**
 * Reads the text of a `config.json`.
 *
 * Refuses  another `model_type`, and every field whose value gives tensors another shape, with its path.
 * Leaves   the number of tokens that the model was taught (`max_position_embeddings`) as a remark: it
 *          moves no byte of the weights.
 * Source   deepseek-ai/DeepSeek-V3 config.json
 */
export function readConfig(text: string, family: readonly FamilyMember[]): Result<ModelFile, Problem> {
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch {
    return fail({ path: "", problem: "not JSON" });
  }
  if (!isObject(config)) return fail({ path: "", problem: "expected an object with a model's fields" });
  const type = config["model_type"];
  if (!FAMILY_TYPES.includes(type as string)) {
    const got = type === undefined ? "missing" : JSON.stringify(type).slice(0, 60);
    return fail({ path: "model_type", problem: `${got}; this family's is "${FAMILY_TYPES.join('" or "')}"` });
  }
  const same = matchFamily(family, shapeOf(config));
  if (!same.ok) return same;
  const mtpLayer = mtpLayerOf(config);
  if (!mtpLayer.ok) return mtpLayer;
  const repository = repositoryName(config["_name_or_path"]);
  const named = memberNamed(family, same.value, [repository]);
  const format = formatOf(config);
  return ok({
    models: named ? [named, ...same.value.filter((id) => id !== named)] : same.value,
    named: named !== undefined,
    name: repository,
    repository,
    weights: format.weights,
    mtpLayer: mtpLayer.value,
    remarks: [...(format.remark ? [format.remark] : []), ...contextRemark(config, family, same.value[0])],
  });
}

function contextRemark(config: Json, family: readonly FamilyMember[], id: string | undefined): string[] {
  const own = config["max_position_embeddings"];
  const usual = family.find((member) => member.id === id)?.architecture.maxContextTokens;
  if (typeof own !== "number" || usual === undefined || own === usual) return [];
  return [
    `It was taught ${own.toLocaleString("en-US")} tokens of context, and the family's others ${usual.toLocaleString("en-US")}; set the context length if you mean to use it.`,
  ];
}
