/** How engines put prompts and decode steps together. */
import type { Plan } from "./plan.ts";

const MIXES_PROMPTS: ReadonlySet<string> = new Set([
  "vllm",
  "tensorrt-llm",
  "llama.cpp",
  "ik_llama.cpp",
  "ollama",
  "ktransformers",
]);

/** Engines that add prompts to decode steps unless told otherwise; the others displace decoding. */
export function mixesPrompts(engine: string): boolean {
  return MIXES_PROMPTS.has(engine);
}

/**
 * Whether prompts are gathered for `schedulerInterval` steps after each pass, those that came during it too, or
 * until each attention rank has one.
 *
 * Source  TensorRT-LLM, _torch/pyexecutor/py_executor.py: _balance_adp_requests counts the steps since the last
 *         prompts went (attention_dp_config.timeout_iters), _waiting_requests likewise on one rank
 *         (batch_wait_timeout_iters). SGLang looks at its line again as soon as a pass is over.
 */
export function gathersPrompts({ engine, layout, options }: Plan): boolean {
  return engine === "tensorrt-llm" && layout.disaggregated === null && (options.schedulerInterval ?? 1) > 1;
}
