/** Ollama: a server told by its environment, and a model that `ollama create` makes of a Modelfile. */
import type { Unsupported } from "../../domain/kit.ts";
import type { Problem } from "../../domain/problem.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { headline, loadTime } from "../files/draft.ts";
import type { KitIr, Launch } from "../ir.ts";
import { join, variable } from "../render/shell.ts";
import type { EnvironmentEntry } from "../render/unit.ts";
import { markdownCode } from "../text.ts";
import { count, counted, gb, gib } from "./arguments.ts";
import { openAiBench } from "./bench.ts";
import { slotCount } from "./llama-cpp.ts";
import { createScript } from "./ollama-create.ts";
import { chatTemplate, END_OF_SENTENCE, modelfile, type ModelfileParameter } from "./ollama-modelfile.ts";

const PORT = 11434;
/** What OLLAMA_KV_CACHE_TYPE takes. */
const CACHE_TYPES: ReadonlySet<string> = new Set(["f16", "q8_0", "q4_0"]);

export function launchOllama(ir: KitIr): Result<Launch, Problem> {
  const refusal = refuse(ir);
  if (refusal) return fail(refusal);
  const unknown = [
    ...environment(ir)
      .map(({ name }) => name)
      .filter((name) => !ir.table.flags.environment.includes(name)),
    ...parameters(ir)
      .map(({ name }) => name)
      .filter((name) => !(ir.table.flags.configKeys["PARAMETER"] ?? []).includes(name)),
  ];
  if (unknown[0] !== undefined) {
    return fail({
      path: "engine",
      problem: `Ollama ${ir.version.version} does not know ${unknown.join(", ")}`,
    });
  }
  return ok({
    command: "ollama serve",
    program: ["ollama", "serve"],
    containerProgram: ["ollama", "serve"],
    positional: [],
    arguments: [],
    headArguments: [],
    workerArguments: [],
    environment: environment(ir),
    port: PORT,
    healthPath: "/api/version",
    servedName: ir.plan.model,
    configs: [settings(ir)],
    exports: [
      {
        name: "OLLAMA_HOST",
        value: join(variable("HOST"), ":", variable("PORT")),
        because: "HOST and PORT of serve/env, in the one variable that the server reads",
      },
    ],
    state: {
      variable: "OLLAMA_MODELS",
      because: `Ollama keeps its own copy of the weights, ${gb(ir.serving)}`,
    },
    scripts: [createScript(ir)],
    setup: setup(ir),
    steps: [
      `${markdownCode("./serve/create.sh")}: makes the model of serve/Modelfile in the running server and loads it; after a restart the first request loads it again.`,
    ],
    bench: openAiBench(ir),
    ports: [{ port: PORT, what: "HTTP", node: "head" }],
    unsupported: listUnsupported(ir),
    required: new Set(),
  });
}

function refuse({ plan, origin, placement }: KitIr): Problem | undefined {
  const { tp, dpAttention, ep, dcp, experts } = plan.layout;
  if (tp > 1 || dpAttention > 1 || ep > 1 || dcp > 1) {
    return { path: "layout", problem: "Ollama splits models by layers only: use layout.pp" };
  }
  if (origin.kind !== "convert")
    return { path: "weights", problem: "Ollama reads GGUF files: pick a gguf: type" };
  if (placement.nodesPerReplica > 1) {
    return {
      path: "cluster.nodes",
      problem: "Ollama runs on one machine; llama.cpp spreads layers over nodes",
    };
  }
  if (experts !== "gpu" && placement.acceleratorsPerNode > 0) {
    return {
      path: "layout.experts",
      problem: "Ollama moves whole layers to the host, never experts alone; llama.cpp does",
    };
  }
  if (plan.options.mtpLayer === true || plan.speculative !== "off") {
    const path = plan.speculative === "off" ? "options.mtpLayer" : "speculative";
    return { path, problem: "llama.cpp's converter, which makes the file, drops this family's MTP layer" };
  }
  if (plan.kvCache !== undefined && !CACHE_TYPES.has(plan.kvCache)) {
    return { path: "kvCache", problem: `Ollama has no ${plan.kvCache} cache; it takes f16, q8_0 and q4_0` };
  }
  if (/^q/.test(plan.kvCache ?? "") && plan.options.flashAttention === false) {
    return { path: "kvCache", problem: `a ${plan.kvCache ?? ""} cache needs flash attention` };
  }
  return undefined;
}

/** What create.sh does, where the server is not on this machine. */
function setup(ir: KitIr): NonNullable<Launch["setup"]> {
  const file = join(variable("MODEL_DIR"), "/Modelfile");
  return [
    {
      words: ["cp", join(variable("CONFIG_DIR"), "/Modelfile"), file],
      because: "beside the weights: FROM is read from the Modelfile's own folder",
    },
    {
      words: ["ollama", "create", ir.plan.model, "-f", file],
      because: "the name that clients send",
    },
    { words: ["ollama", "run", ir.plan.model, "Hello"], because: "loads it, which takes minutes" },
  ];
}

/** The context of one request: the cache of all, shared out. */
function contextOf(ir: KitIr): { each: number; because: string } {
  const slots = slotCount(ir);
  const tokens = ir.estimate.memory?.kvCacheTokens ?? slots * ir.contextTokens.count;
  const cache = ir.estimate.memory?.ranks.reduce((sum, rank) => sum + rank.kvCache, 0) ?? 0;
  return {
    each: Math.floor(tokens / slots),
    because: `${count(tokens)} tokens over ${counted(slots, "slot")}: ${gib(cache)} of cache`,
  };
}

function environment(ir: KitIr): EnvironmentEntry[] {
  const { options, kvCache } = ir.plan;
  const context = contextOf(ir);
  const slots = slotCount(ir);
  const { limitSeconds, because } = loadTime(ir);
  const flash = options.flashAttention !== false;
  const entry = (name: string, value: string | number, reason: string): EnvironmentEntry => ({
    name,
    value: String(value),
    because: reason,
  });
  return [
    entry("OLLAMA_CONTEXT_LENGTH", context.each, `of each request; ${context.because}`),
    entry(
      "OLLAMA_NUM_PARALLEL",
      slots,
      options.slots === undefined ? ir.running.because : `plan: ${counted(slots, "slot")}`,
    ),
    entry(
      "OLLAMA_FLASH_ATTENTION",
      flash ? 1 : 0,
      flash ? "the compute buffer stays small and the cache may be quantized" : "plan: without",
    ),
    ...(kvCache === undefined ? [] : [entry("OLLAMA_KV_CACHE_TYPE", kvCache, `plan: ${kvCache} cache`)]),
    ...(ir.placement.ranks > 1
      ? [
          entry(
            "OLLAMA_SCHED_SPREAD",
            1,
            `plan: layers over ${counted(ir.placement.ranks, "accelerator")}, all of them`,
          ),
        ]
      : []),
    entry("OLLAMA_LOAD_TIMEOUT", `${limitSeconds}s`, because),
    entry("OLLAMA_KEEP_ALIVE", -1, "the model stays loaded: loading it takes minutes"),
    entry("OLLAMA_MAX_LOADED_MODELS", 1, "there is room for this one"),
    entry("OLLAMA_GO_TEMPLATE", 1, "prompts are written by the Modelfile's template"),
  ];
}

function parameters(ir: KitIr): ModelfileParameter[] {
  const { options } = ir.plan;
  const { layerCount } = ir.model.architecture;
  const context = contextOf(ir);
  const gpu = ir.placement.acceleratorsPerNode > 0;
  const batch = options.ubatch ?? options.batch ?? ir.version.defaults.ubatch?.value;
  const list: ModelfileParameter[] = [
    { name: "num_ctx", value: context.each, because: `of each request; ${context.because}` },
    {
      name: "num_gpu",
      value: gpu ? layerCount + 1 : 0,
      because: gpu
        ? `plan: ${layerCount} layers and the output on ${counted(ir.placement.ranks, "accelerator")}`
        : "plan: no accelerator",
    },
  ];
  if (batch !== undefined) {
    const said = (options.ubatch ?? options.batch) ? "plan" : "the engine's default, pinned";
    list.push({ name: "num_batch", value: batch, because: `${said}: tokens computed at once` });
  }
  if (options.threads !== undefined) {
    list.push({
      name: "num_thread",
      value: options.threads,
      because: `plan: ${counted(options.threads, "thread")}`,
    });
  }
  if (!gpu) {
    list.push({
      name: "use_mmap",
      value: false,
      because: "weights are read into memory once: mapped, the page cache would hold a second copy",
    });
  }
  list.push({ name: "stop", value: END_OF_SENTENCE, because: "the family's end of an answer" });
  return list;
}

function settings(ir: KitIr) {
  const file = ir.origin.kind === "convert" ? (ir.origin.manifest.splits[0]?.file ?? "") : "";
  const byOllama = ir.origin.kind === "convert" && ir.origin.engineQuantizes === true;
  return modelfile(
    headline(ir),
    byOllama
      ? {
          file: "model-16bit.gguf",
          because: `written by convert.sh; ollama create makes ${ir.weights.name} of it`,
        }
      : {
          file,
          because: `${ir.weights.name}, ${gb(ir.serving)}, made by the scripts in convert/; create.sh puts this file beside it`,
        },
    { text: chatTemplate(ir.plan.model), because: `the chat format of ${ir.model.name}` },
    parameters(ir),
  );
}

function listUnsupported({ plan, placement }: KitIr): Unsupported[] {
  const list: Unsupported[] = [];
  const { numa, opOffload, memFraction } = plan.options;
  if (numa !== undefined && numa !== "none") {
    list.push({ path: "options.numa", reason: "Ollama has no setting that spreads or binds memory" });
  }
  if (opOffload !== undefined) {
    list.push({ path: "options.opOffload", reason: "Ollama decides this by itself" });
  }
  if (memFraction !== undefined) {
    list.push({
      path: "options.memFraction",
      reason: "Ollama takes no share of memory, only bytes to leave free",
    });
  }
  if (placement.acceleratorsPerNode > 0) {
    list.push({
      path: "layout.pp",
      reason: "which accelerator takes which layer is Ollama's choice: it fills by free memory",
    });
  }
  return list;
}
