/** Which model of the family a GGUF header tells of. */
import type { GgufHeader, GgufValue } from "../../domain/gguf-file.ts";
import type { FamilyMember, ModelFile } from "../../domain/model-file.ts";
import type { Problem } from "../../domain/problem.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { matchFamily, memberNamed, type FoundShape } from "./match-family.ts";
import { repositoryName } from "./repository-name.ts";

/** llama.cpp's name of this family's architecture. */
const ARCHITECTURE = "deepseek2";

const SHAPE_FIELDS = {
  hiddenSize: "embedding_length",
  vocabularySize: "vocab_size",
  denseLayerCount: "leading_dense_block_count",
  denseIntermediateSize: "feed_forward_length",
  expertIntermediateSize: "expert_feed_forward_length",
  routedExpertCount: "expert_count",
  sharedExpertCount: "expert_shared_count",
  expertsPerToken: "expert_used_count",
  headCount: "attention.head_count",
  queryLoraRank: "attention.q_lora_rank",
  kvLoraRank: "attention.kv_lora_rank",
  ropeHeadDim: "rope.dimension_count",
} as const;

/** Old files leave fields out; what is there must agree. */
function shapeOf(fields: ReadonlyMap<string, GgufValue>): FoundShape {
  const shape: Record<string, { path: string; value: unknown }> = {};
  for (const [key, name] of Object.entries(SHAPE_FIELDS)) {
    const path = `${ARCHITECTURE}.${name}`;
    if (fields.has(path)) shape[key] = { path, value: fields.get(path) };
  }
  return shape;
}

const textOf = (value: GgufValue | undefined): string | null =>
  typeof value === "string" && value.trim() !== "" ? value.trim().slice(0, 120) : null;

/**
 * The model of a header. Blocks beyond the architecture's layers are the MTP layer.
 *
 * Refuses  another `general.architecture`, and every field whose value differs, with its path.
 */
export function readGgufModel(
  { fields, split, name }: Pick<GgufHeader, "fields" | "split" | "name">,
  family: readonly FamilyMember[],
): Result<ModelFile, Problem> {
  const architecture = fields.get("general.architecture");
  if (architecture === undefined && (split?.index ?? 0) > 0)
    return fail({
      path: name.slice(0, 120),
      problem: "the model's fields are in the first part; drop that one too",
    });
  if (architecture !== ARCHITECTURE) {
    const got = architecture === undefined ? "missing" : JSON.stringify(architecture).slice(0, 60);
    return fail({ path: "general.architecture", problem: `${got}; this family's is "${ARCHITECTURE}"` });
  }
  const plain = family.filter(({ architecture: a }) => a.indexer === undefined);
  const same = matchFamily(plain, shapeOf(fields));
  if (!same.ok) return same;
  const blocks = fields.get(`${ARCHITECTURE}.block_count`);
  const layers = plain.find(({ id }) => id === same.value[0])?.architecture;
  const extra = typeof blocks === "number" && layers ? blocks - layers.layerCount : 0;
  if (layers && (extra < 0 || extra > layers.mtpLayerCount))
    return fail({
      path: `${ARCHITECTURE}.block_count`,
      problem: `${String(blocks)}, and this family has ${layers.layerCount}, or ${layers.layerCount + layers.mtpLayerCount} with the MTP layer`,
    });
  const own = textOf(fields.get("general.name"));
  const repository =
    repositoryName(fields.get("general.source.repo_url")) ??
    repositoryName(fields.get("general.base_model.0.repo_url"));
  const named = memberNamed(plain, same.value, [own, textOf(fields.get("general.basename")), repository]);
  return ok({
    models: named ? [named, ...same.value.filter((id) => id !== named)] : same.value,
    named: named !== undefined,
    name: own,
    repository,
    weights: null,
    mtpLayer: extra > 0,
    remarks: [],
  });
}
