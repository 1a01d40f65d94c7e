import type { EngineId } from "../domain/plan.ts";

/** Which pipeline stages get one layer more when the stages do not divide the layers. */
type RemainderRule = "before-last" | "last" | "first";

const REMAINDER: Partial<Readonly<Record<EngineId, RemainderRule>>> = {
  vllm: "before-last",
  atom: "before-last",
  sglang: "last",
  "tensorrt-llm": "first",
};

/**
 * Layers of each pipeline stage, by the engine's own rule for what does not divide.
 *
 *   vLLM           one more each, from the stage before the last towards the first (61 on 4: 15 15 16 15)
 *   SGLang         one more each on the last stages (15 15 15 16)
 *   TensorRT-LLM   one more each on the first stages (16 15 15 15); so do engines without a known rule
 *
 * Leaves   llama.cpp's split to `splitLlamaLayers`; the MTP layer, which sits with the last stage.
 * Throws   RangeError when a stage would be empty.
 * Source   vllm distributed/utils.py get_pp_indices; sglang srt/distributed/utils.py get_pp_indices
 *          (2026); TensorRT-LLM mapping.py pp_layers
 */
export function splitLayers(layerCount: number, pp: number, engine: EngineId): number[] {
  if (!Number.isInteger(pp) || pp < 1 || pp > layerCount)
    throw new RangeError(`${layerCount} layers do not fill ${pp} pipeline stages`);
  const base = Math.floor(layerCount / pp);
  const remainder = layerCount % pp;
  const stages = new Array<number>(pp).fill(base);
  const rule = REMAINDER[engine] ?? "first";
  for (let i = 0; i < remainder; i++) {
    const stage = rule === "first" ? i : rule === "last" ? pp - 1 - i : pp - 2 - i;
    stages[stage] = base + 1;
  }
  return stages;
}

/**
 * llama.cpp's layer split: the layers and the output are `layerCount + 1` slots, laid over the devices in
 * proportion to `shares`.
 *
 *   slot s goes to the first device whose cumulative share exceeds s / slots
 *
 * Shape    returns the device of every layer, and last that of the output.
 * Per      the `gpuLayers` last slots that are offloaded (-ngl); earlier layers get -1, the host.
 * Source   llama.cpp v0.5.0, checked there with 968 simulated contexts
 */
export function splitLlamaLayers(layerCount: number, gpuLayers: number, shares: readonly number[]): number[] {
  const slots = layerCount + 1;
  const offloaded = Math.min(gpuLayers, slots);
  const first = slots - offloaded;
  const whole = shares.reduce((sum, share) => sum + share, 0);
  let running = 0;
  const cumulative = shares.map((share) => (running += share) / whole);
  return Array.from({ length: slots }, (_, slot) => {
    if (slot < first || shares.length === 0) return -1;
    const position = (slot - first) / offloaded;
    const device = cumulative.findIndex((edge) => edge > position);
    return device === -1 ? shares.length - 1 : device;
  });
}
