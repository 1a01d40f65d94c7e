import type { Directory } from "../../../workers/api.ts";

/**
 * Names of ids for the sentence. Before the directory has come, names are made from the ids, which
 * gives the very same words for the common ones: nothing jumps when it comes.
 */
export interface Names {
  model(id: string): string;
  weights(id: string): string;
  engine(id: string): string;
  accelerator(id: string): string;
  host(id: string): string;
}

const ENGINES: Readonly<Record<string, string>> = {
  vllm: "vLLM",
  sglang: "SGLang",
  "tensorrt-llm": "TensorRT-LLM",
  ollama: "Ollama",
  ktransformers: "KTransformers",
  mlx: "MLX",
  lmdeploy: "LMDeploy",
  atom: "ATOM",
};

export function namesOf(directory: Directory | null): Names {
  const table = (rows: readonly { readonly id: string; readonly name: string }[] | undefined) =>
    new Map((rows ?? []).map(({ id, name }) => [id, name]));
  const accelerators = new Map((directory?.accelerators ?? []).map(({ id, shortName }) => [id, shortName]));
  const models = table(directory?.models);
  const weights = table(directory?.weights);
  const engines = table(directory?.engines);
  const hosts = table(directory?.hosts);
  return {
    model: (id) => models.get(id) ?? guessModel(id),
    weights: (id) => shortWeights(id, weights.get(id)),
    engine: (id) => engines.get(id) ?? ENGINES[id] ?? id,
    accelerator: (id) => accelerators.get(id) ?? guessAccelerator(id),
    host: (id) => hosts.get(id) ?? id,
  };
}

function guessModel(id: string): string {
  return id
    .replace(/^deepseek/, "DeepSeek")
    .replace(/-(v|r)(\d)/g, (_, letter: string, digit: string) => `-${letter.toUpperCase()}${digit}`)
    .replace(/-([a-z])/g, (_, letter: string) => `-${letter.toUpperCase()}`);
}

const guessAccelerator = (id: string): string => id.replace(/-sxm$/, "").replaceAll("-", " ").toUpperCase();

/** The sentence says "FP8", whatever the catalog adds about blocks and scales. */
const SHORT_WEIGHTS: Readonly<Record<string, string>> = {
  bf16: "BF16",
  fp8: "FP8",
  int8: "INT8",
  "awq-int4": "AWQ INT4",
  w4afp8: "W4AFP8",
  nvfp4: "NVFP4",
  mxfp4: "MXFP4",
};

function shortWeights(id: string, name: string | undefined): string {
  return SHORT_WEIGHTS[id] ?? (id.startsWith("gguf:") ? id.slice("gguf:".length) : (name ?? id));
}
