/** A student of one's own: its config.json as published beside the weights. */
import type { DenseArchitecture, DenseFamily } from "../domain/dense-architecture.ts";
import type { Problem } from "../domain/problem.ts";
import { fail, ok, type Result } from "../domain/result.ts";

/** `model_type` → llama.cpp's architecture. Others have parts that the tensor list here does not hold. */
const FAMILIES: Readonly<Record<string, DenseFamily>> = {
  llama: "llama",
  mistral: "llama",
  qwen2: "qwen2",
  qwen3: "qwen3",
  smollm3: "smollm3",
  gemma3_text: "gemma3",
  phi3: "phi3",
};

const MAX_CHARACTERS = 1_000_000;

/** Keys that say that a model is not dense. */
const EXPERT_KEYS = ["num_experts", "num_local_experts", "n_routed_experts"] as const;

type Config = Readonly<Record<string, unknown>>;

class Refusal extends Error {
  readonly problem: Problem;
  constructor(path: string, problem: string) {
    super(problem);
    this.problem = { path, problem };
  }
}

const describe = (value: unknown): string => (JSON.stringify(value) ?? "nothing").slice(0, 60);

function whole(config: Config, key: string, most: number): number {
  const value = config[key];
  if (value === undefined) throw new Refusal(key, "required, and missing");
  if (typeof value !== "number" || !Number.isInteger(value) || value < 1 || value > most)
    throw new Refusal(key, `expected a whole number from 1 to ${most}, got ${describe(value)}`);
  return value;
}

const optional = (config: Config, key: string, most: number): number | undefined =>
  config[key] === undefined || config[key] === null ? undefined : whole(config, key, most);

/** The converter writes factors where rotary frequencies are scaled by Llama 3's rule, and Phi's two lists. */
function ropeTable(config: Config, family: DenseFamily, headDim: number): number | undefined {
  const scaling = (config["rope_scaling"] ?? config["rope_parameters"]) as Config | null | undefined;
  const kind = scaling?.["rope_type"] ?? scaling?.["type"];
  if (kind === "llama3") return headDim / 2;
  if (family !== "phi3" || kind !== "longrope") return undefined;
  const factors = scaling?.["long_factor"];
  return Array.isArray(factors) ? factors.length : headDim / 2;
}

function slidingWindow(config: Config, family: DenseFamily): DenseArchitecture["slidingWindow"] {
  if (family !== "gemma3") return undefined;
  const globalEvery = optional(config, "sliding_window_pattern", 512) ?? 6;
  return { tokens: whole(config, "sliding_window", 10_000_000), globalEvery };
}

function read(config: Config): DenseArchitecture {
  const type = config["model_type"];
  const family = typeof type === "string" ? FAMILIES[type] : undefined;
  if (family === undefined) {
    const known = Object.keys(FAMILIES).join(", ");
    throw new Refusal("model_type", `expected one of ${known}, got ${describe(type)}`);
  }
  for (const key of EXPERT_KEYS)
    if (Number(config[key] ?? 0) > 1) throw new Refusal(key, "is a mixture of experts; students are dense");
  if (config["attention_bias"] === true && family === "llama")
    throw new Refusal("attention_bias", "biases of a Llama's attention are not counted yet");
  const hiddenSize = whole(config, "hidden_size", 131_072);
  const headCount = whole(config, "num_attention_heads", 4096);
  const kvHeadCount = optional(config, "num_key_value_heads", 4096) ?? headCount;
  if (headCount % kvHeadCount !== 0) throw new Refusal("num_key_value_heads", `must divide ${headCount}`);
  const headDim = optional(config, "head_dim", 4096) ?? hiddenSize / headCount;
  if (!Number.isInteger(headDim)) throw new Refusal("hidden_size", `must be a multiple of ${headCount}`);
  const table = ropeTable(config, family, headDim);
  const window = slidingWindow(config, family);
  return {
    family,
    hiddenSize,
    intermediateSize: whole(config, "intermediate_size", 1_048_576),
    layerCount: whole(config, "num_hidden_layers", 512),
    headCount,
    kvHeadCount,
    headDim,
    vocabularySize: whole(config, "vocab_size", 10_000_000),
    tiedEmbedding:
      config["tie_word_embeddings"] === true ||
      (family === "gemma3" && config["tie_word_embeddings"] !== false),
    maxContextTokens: whole(config, "max_position_embeddings", 10_000_000),
    ...(table === undefined ? {} : { ropeTable: table }),
    ...(window === undefined ? {} : { slidingWindow: window }),
  };
}

/**
 * The shape that a config.json describes.
 *
 * Returns a Problem whose path is the file's field (`num_key_value_heads`); never throws on any text.
 */
export function readDenseConfig(text: string): Result<DenseArchitecture, Problem> {
  if (text.length > MAX_CHARACTERS) return fail({ path: "", problem: "is too long for a config.json" });
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch {
    return fail({ path: "", problem: "is no JSON" });
  }
  if (typeof config !== "object" || config === null || Array.isArray(config))
    return fail({ path: "", problem: "expected an object" });
  try {
    return ok(read(config as Config));
  } catch (error) {
    if (error instanceof Refusal) return fail(error.problem);
    throw error;
  }
}
