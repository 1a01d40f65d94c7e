/** Whether engine, hardware, weights and cache type go together, and the context window holds the work. */
import type { Accelerator } from "../../domain/catalog.ts";
import type { Note } from "../../domain/estimate.ts";
import type { Infeasible } from "../../domain/infeasible.ts";
import type { EngineId, KvCacheType, Plan } from "../../domain/plan.ts";
import { formatCount } from "../../units/format.ts";
import { generationOf } from "../ops/roofline-profile.ts";
import { isBefore } from "./engine-version.ts";
import type { MemoryFacts } from "./memory-facts.ts";

/** Vendors whose accelerators an engine runs on. */
export const ENGINE_VENDORS: Readonly<Record<EngineId, readonly string[]>> = {
  vllm: ["NVIDIA", "AMD", "Huawei", "Google", "Intel"],
  sglang: ["NVIDIA", "AMD", "Huawei"],
  "tensorrt-llm": ["NVIDIA"],
  lmdeploy: ["NVIDIA", "Huawei"],
  atom: ["AMD"],
  ktransformers: ["NVIDIA", "AMD", "Huawei"],
  "llama.cpp": ["NVIDIA", "AMD", "Apple", "Huawei", "Intel"],
  "ik_llama.cpp": ["NVIDIA"],
  ollama: ["NVIDIA", "AMD", "Apple"],
  mlx: ["Apple"],
};

/** Engines that run layers on the host's processors. */
const HOST_ENGINES: ReadonlySet<EngineId> = new Set(["llama.cpp", "ik_llama.cpp", "ollama", "ktransformers"]);

const SERVER_CACHE: ReadonlySet<KvCacheType> = new Set(["bf16", "f16", "fp8"]);
const LLAMA_FAMILY: ReadonlySet<EngineId> = new Set(["llama.cpp", "ik_llama.cpp", "ollama"]);
const PLAIN_CACHE: ReadonlySet<KvCacheType> = new Set(["bf16", "f16", "f32"]);

interface EngineCheck {
  readonly infeasible: readonly Infeasible[];
  readonly notes: readonly Note[];
}

/** Engine, hardware, weights, cache and context of a plan, in the order that an engine would refuse them. */
export function checkEngine(plan: Plan, facts: MemoryFacts): EngineCheck {
  const infeasible: Infeasible[] = [];
  const notes: Note[] = [];
  checkModel(plan, facts, infeasible);
  checkHardware(plan, facts, infeasible);
  checkWeights(plan, facts, infeasible);
  if (facts.device) checkPrecision(plan, facts.engineName, facts.device.accelerator, infeasible, notes);
  checkCacheType(plan, facts, infeasible);
  checkContext(plan, facts, infeasible);
  return { infeasible, notes };
}

/** Sparse attention needs an engine that has it; a model that every engine runs names none. */
function checkModel(plan: Plan, facts: MemoryFacts, infeasible: Infeasible[]): void {
  const { model, engineName, version } = facts;
  if (model.servedBy === undefined) return;
  const served = model.servedBy.find(({ engine }) => engine === plan.engine);
  if (served === undefined) {
    const message = `${engineName} is not known to run ${model.name}: its sparse attention needs an indexer.`;
    infeasible.push({ kind: "engine", path: "model", message });
  } else if (isBefore(version, served.since)) {
    const message = `${engineName} ${version} is from before it could run ${model.name}; ${served.since} can.`;
    infeasible.push({ kind: "engine", path: "options.engineVersion", message });
  } else if (served.unknown !== undefined) {
    const message = `${engineName} runs ${model.name}, but it is not known ${served.unknown}: its memory cannot be told.`;
    infeasible.push({ kind: "missing-fact", path: "model", message });
  }
}

function checkHardware(plan: Plan, facts: MemoryFacts, infeasible: Infeasible[]): void {
  const { device } = facts;
  if (device && !ENGINE_VENDORS[plan.engine].includes(device.accelerator.vendor)) {
    const message = `${facts.engineName} does not run on ${device.accelerator.shortName}.`;
    infeasible.push({ kind: "engine", path: "engine", message });
  }
  // vLLM's plugin for Gaudi lists its features (docs/features/supported_features.md): this is none of them.
  if (plan.layout.dcp > 1 && device?.accelerator.vendor === "Intel") {
    const message = `${facts.engineName} spreads no cache over the ranks of ${device.accelerator.shortName}: its plugin has no decode-context parallelism.`;
    infeasible.push({ kind: "engine", path: "layout.dcp", message });
  }
  if (HOST_ENGINES.has(plan.engine)) return;
  if (!device) {
    const message = `${facts.engineName} needs accelerators, and the cluster has none.`;
    infeasible.push({ kind: "engine", path: "cluster.acceleratorsPerNode", message });
  } else if (plan.layout.experts !== "gpu") {
    const message = `${facts.engineName} keeps experts on accelerators; llama.cpp and KTransformers can keep them in host memory.`;
    infeasible.push({ kind: "engine", path: "layout.experts", message });
  }
}

function checkWeights(plan: Plan, facts: MemoryFacts, infeasible: Infeasible[]): void {
  if (!facts.format.engines.includes(plan.engine)) {
    const message = `${facts.engineName} does not take ${facts.format.name} weights of this model.`;
    infeasible.push({ kind: "engine", path: "weights", message });
  }
  if (plan.speculative === "off") return;
  if (plan.weights === "awq-int4") {
    const message = "The AWQ checkpoints carry no MTP layer to draft with.";
    infeasible.push({ kind: "engine", path: "speculative", message });
  } else if (plan.engine === "mlx") {
    const message = "MLX's loader drops the MTP layer: there is nothing to draft with.";
    infeasible.push({ kind: "engine", path: "speculative", message });
  } else if (facts.format.family === "gguf" && plan.options.mtpLayer !== true) {
    const message = "Drafting with the MTP layer needs a GGUF that keeps it (options.mtpLayer).";
    infeasible.push({ kind: "engine", path: "speculative", message });
  }
}

function checkPrecision(
  plan: Plan,
  engineName: string,
  gpu: Accelerator,
  infeasible: Infeasible[],
  notes: Note[],
): void {
  const refuse = (message: string): void => {
    infeasible.push({ kind: "precision", path: "weights", message });
  };
  const { weights, engine } = plan;
  if (weights === "nvfp4" && !(gpu.nativeFp4 && gpu.vendor === "NVIDIA")) {
    refuse(`NVFP4 needs a Blackwell GPU, and ${gpu.shortName} has no FP4 units for it.`);
  }
  if (weights === "mxfp4" && !(gpu.nativeFp4 && gpu.vendor === "AMD")) {
    refuse(
      `The MXFP4 checkpoints of this model are AMD's, for MI350 and MI355; ${gpu.shortName} is neither.`,
    );
  }
  if (weights === "w4afp8" && generationOf(gpu) !== "hopper") {
    refuse(`W4A-FP8 experts have kernels for Hopper alone, and ${gpu.shortName} is none.`);
    return;
  }
  const needsFp8 = weights === "fp8" || weights === "mxfp8" || weights === "w4afp8";
  // KTransformers multiplies FP8 experts on the CPU.
  if (!needsFp8 || gpu.nativeFp8 || engine === "ktransformers") return;
  if (engine === "vllm" && weights === "fp8" && gpu.vendor === "NVIDIA") {
    const message = `${gpu.shortName} has no FP8 units: vLLM keeps the weights in FP8 and multiplies in 16 bit (Marlin).`;
    notes.push({ kind: "information", path: "weights", message });
    return;
  }
  const name = weights === "fp8" ? "FP8" : weights === "mxfp8" ? "MXFP8" : "W4A-FP8";
  refuse(`${engineName} needs FP8 units for ${name} weights, and ${gpu.shortName} has none.`);
}

function checkCacheType(plan: Plan, facts: MemoryFacts, infeasible: Infeasible[]): void {
  const refuse = (message: string): void => {
    infeasible.push({ kind: "precision", path: "kvCache", message });
  };
  const { kvCache } = facts;
  if (!LLAMA_FAMILY.has(plan.engine)) {
    if (!SERVER_CACHE.has(kvCache))
      refuse(`${facts.engineName} has no ${kvCache} cache; it takes bf16 and fp8.`);
    return;
  }
  if (kvCache === "fp8") refuse(`${facts.engineName} has no fp8 cache; q8_0 is its 8-bit type.`);
  if (plan.options.flashAttention === false && !PLAIN_CACHE.has(kvCache)) {
    refuse(`A ${kvCache} cache needs flash attention, and the plan turns it off.`);
  }
}

function checkContext(plan: Plan, facts: MemoryFacts, infeasible: Infeasible[]): void {
  const { inputTokens, outputTokens, contextDepth = 0 } = plan.workload;
  const longest = inputTokens + outputTokens + contextDepth;
  const most = facts.model.architecture.maxContextTokens;
  const asked = plan.options.contextLength;
  if (asked !== undefined && asked > most) {
    const message = `The model reads up to ${formatCount(most)} tokens, and the plan asks for a context of ${formatCount(asked)}.`;
    infeasible.push({ kind: "context", path: "options.contextLength", message });
  }
  const window = Math.min(asked ?? most, most);
  if (longest <= window) return;
  const path = asked === undefined || asked > most ? "workload.inputTokens" : "options.contextLength";
  const message = `A request takes ${formatCount(longest)} tokens, and the context holds ${formatCount(window)}.`;
  infeasible.push({ kind: "context", path, message });
}
