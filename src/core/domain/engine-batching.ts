/** How engines put prompts and decode steps together. */

const MIXES_PROMPTS: ReadonlySet<string> = new Set([
  "vllm",
  "llama.cpp",
  "ik_llama.cpp",
  "ollama",
  "ktransformers",
]);

/** Engines that add prompts to decode steps unless told otherwise; the others displace decoding. */
export function mixesPrompts(engine: string): boolean {
  return MIXES_PROMPTS.has(engine);
}
