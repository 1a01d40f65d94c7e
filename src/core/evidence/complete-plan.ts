/**
 * A record's sparse plan made whole: what the run did not say is assumed and named, what changes the
 * answer by more than its error bar is not assumed but listed as missing.
 */
import type { Catalog } from "../domain/catalog.ts";
import type { MeasurementRecord } from "../domain/measurement.ts";
import { parsePlan } from "../domain/parse-plan.ts";
import type { Plan } from "../domain/plan.ts";
import { vocabularyOf } from "../domain/plan-vocabulary.ts";
import type { Problem } from "../domain/problem.ts";
import { fitted } from "../model/fitted-parameter.ts";
import type { RunFacts } from "../model/serving/step-models.ts";
import { completeLayout } from "./complete-layout.ts";
import { middle, number, object, text, type Loose } from "./record-facts.ts";

export interface CompletedRun {
  readonly plan: Plan;
  readonly run: RunFacts;
  readonly assumptions: readonly string[];
  /** Every request of the run had the same lengths: they move in step. */
  readonly constantLengths: boolean;
}

export type Completion =
  | { readonly ok: true; readonly value: CompletedRun }
  | { readonly ok: false; readonly missing: readonly string[]; readonly problem?: Problem };

/** Engines outside of the planner's list that are close enough to one of its own to be predicted as it. */
const STAND_INS: Readonly<Record<string, string>> = {
  "deepseek-internal": "sglang",
  "cloudmatrix-infer": "sglang",
  exo: "mlx",
  fastllm: "ktransformers",
  "deepseek.cpp": "llama.cpp",
};
const VENDOR_STACKS: ReadonlySet<string> = new Set(["deepseek-internal", "cloudmatrix-infer"]);
/** The same chip with fewer units enabled and the same memory. */
const SAME_MEMORY: Readonly<Record<string, string>> = { "RTX 4090D": "rtx-4090" };

/** Facts that no assumption replaces. */
const BLOCKING: ReadonlySet<string> = new Set([
  "accelerator",
  "acceleratorsPerNode",
  "nodes",
  "engine",
  "weights",
  "weightsBytes",
  "tp",
  "dpAttention",
  "prefill.gpus",
  "prefill.tp",
  "decode.gpus",
  "decode.tp",
  "prefillReplicas",
  "decodeReplicas",
  "concurrency",
  "hostMemoryBandwidth",
  "expertsOnGpuLayers",
  "speculative",
]);

const BLACKWELL = /^(b200|b300|gb200|gb300)/;

/** Share of nominal lengths where uniform spreads are usual and a table does not state its own. */
const UNSTATED_SPREAD: Readonly<Record<string, number>> = { atom: 0.9 };
export const RANDOM_PROMPT_ACCEPTANCE = fitted("randomPromptAcceptance", {
  unit: "tokens a step",
  meaning: "three drafts on the random prompts of ATOM's nightly runs",
  start: 2.25,
  bounds: [1.2, 4],
});
/** Share of a specified bandwidth that hosts reach. */
const STREAM_SHARE = 0.8;

export function completePlan(record: MeasurementRecord, catalog: Catalog): Completion {
  const written = object(record.plan);
  if (written["goal"] !== undefined && written["goal"] !== "serve") {
    return { ok: false, missing: [`goal ${text(written["goal"]) ?? ""} is not modelled yet`] };
  }
  const assumptions: string[] = [];
  const cluster = completeCluster(record, assumptions);
  const missing = missingFacts(record, cluster);
  if (missing.length > 0) return { ok: false, missing };
  const engine = text(written["engine"]) ?? "";
  const standIn = STAND_INS[engine];
  if (standIn !== undefined) assumptions.push(`${engine} predicted as ${standIn}`);
  const workload = completeWorkload(record, assumptions);
  const layout = completeLayout(record, assumptions);
  const kvCache = written["kvCache"] ?? unstatedCache(record, assumptions);
  const input = {
    version: 1,
    goal: "serve",
    model: written["model"],
    weights: written["weights"],
    ...(kvCache === undefined ? {} : { kvCache }),
    engine: standIn ?? engine,
    cluster,
    layout,
    workload,
    ...(written["speculative"] === undefined ? {} : { speculative: written["speculative"] }),
    options: completeOptions(record, assumptions),
  };
  const parsed = parsePlan(input, vocabularyOf(catalog));
  if (!parsed.ok) return { ok: false, missing: [parsed.error.path], problem: parsed.error };
  return {
    ok: true,
    value: {
      plan: parsed.value,
      run: runFacts(record, parsed.value, catalog),
      assumptions,
      constantLengths: lengthSpread(record) === undefined && object(record.runtime)["meanLengths"] !== true,
    },
  };
}

/** InferenceX records do not state the cache's type: FP8 under TensorRT-LLM and on Blackwell, as the campaign's scripts set it. */
function unstatedCache(record: MeasurementRecord, assumptions: string[]): string | undefined {
  if (!record.source.includes("InferenceX")) return undefined;
  const plan = object(record.plan);
  const accelerator = text(object(plan["cluster"])["accelerator"]) ?? "";
  const fp8 = plan["engine"] === "tensorrt-llm" || BLACKWELL.test(accelerator);
  assumptions.push(`KV cache ${fp8 ? "fp8" : "bf16"}`);
  return fp8 ? "fp8" : "bf16";
}

function missingFacts(record: MeasurementRecord, cluster: Loose): string[] {
  const offline = record.phase === "offline" || record.phase === "burst" || record.phase === "prefill-only";
  const written = object(record.plan);
  const filled = new Set<string>();
  if (cluster["accelerator"] !== undefined) filled.add("accelerator");
  if (offline || object(written["workload"])["requestsPerSecond"] !== undefined) filled.add("concurrency");
  if (number(object(record.runtime)["batchPerGpu"]) !== undefined) filled.add("concurrency");
  if (cluster["host"] !== undefined) filled.add("hostMemoryBandwidth");
  const missing = record.missing.filter((name) => BLOCKING.has(name) && !filled.has(name));
  const need = (name: string) => missing.includes(name) || missing.push(name);
  for (const field of ["model", "weights", "engine"]) {
    if (written[field] === undefined) need(field);
  }
  const gpus = number(cluster["acceleratorsPerNode"]);
  if (gpus === undefined) need("acceleratorsPerNode");
  else if (gpus > 0 && cluster["accelerator"] === undefined) need("accelerator");
  const needsHost = record.class === "cpu" || record.class === "hybrid";
  const knowsHost = cluster["host"] !== undefined || cluster["hostMemoryBandwidth"] !== undefined;
  if (needsHost && !knowsHost && !missing.includes("hostMemoryBandwidth"))
    missing.push("hostMemoryBandwidth");
  return missing;
}

function completeCluster(record: MeasurementRecord, assumptions: string[]): Loose {
  const { notes } = record;
  const runtime = object(record.runtime);
  const cluster: Record<string, unknown> = { ...object(object(record.plan)["cluster"]) };
  const name = text(runtime["acceleratorName"]);
  const same = name === undefined ? undefined : SAME_MEMORY[name];
  if (cluster["accelerator"] === undefined && same !== undefined) {
    cluster["accelerator"] = same;
    assumptions.push(`${name} taken as ${same}: the same memory`);
  }
  const bandwidth = number(cluster["hostMemoryBandwidth"]);
  if (bandwidth !== undefined && !/measured/.test(`${notes} ${text(runtime["hostName"]) ?? ""}`)) {
    cluster["hostMemoryBandwidth"] = bandwidth * STREAM_SHARE;
    assumptions.push(`${STREAM_SHARE} of the specified host bandwidth is reached`);
  }
  if (cluster["nodes"] === undefined) cluster["nodes"] = 1;
  return cluster;
}

function completeWorkload(record: MeasurementRecord, assumptions: string[]): Loose {
  const runtime = object(record.runtime);
  const written = object(object(record.plan)["workload"]);
  const spread = lengthSpread(record);
  if (runtime["lengthSpread"] === undefined && spread !== undefined && spread !== 1) {
    assumptions.push(`mean lengths are ${spread} of the nominal ones`);
  }
  const ubatch = number(runtime["ubatch"]);
  const tokens = (name: string, otherwise: number) => {
    const nominal = number(written[name]);
    if (nominal === undefined) assumptions.push(`${name} ${otherwise}`);
    return Math.max(1, Math.round((nominal ?? otherwise) * (nominal === undefined ? 1 : (spread ?? 1))));
  };
  const inputTokens = tokens("inputTokens", ubatch ?? 512);
  const outputTokens = tokens("outputTokens", 128);
  const gpus = layoutRanks(record);
  const perGpu = number(runtime["batchPerGpu"]);
  const concurrency =
    number(written["concurrency"]) ??
    (perGpu === undefined ? undefined : Math.max(1, Math.round(perGpu * gpus))) ??
    number(runtime["prompts"]);
  const rate = number(written["requestsPerSecond"]);
  const open = rate !== undefined && record.phase === "serving" && written["concurrency"] === undefined;
  return {
    inputTokens,
    outputTokens,
    ...(open ? { requestsPerSecond: rate } : { concurrency: concurrency ?? 1 }),
    prefixHitRate: number(written["prefixHitRate"]) ?? 0,
    contextDepth: number(written["contextDepth"]) ?? 0,
  };
}

/** Mean length over nominal length; absent where a run states no spread: its lengths are the nominal ones. */
function lengthSpread({ runtime, plan }: MeasurementRecord): number | undefined {
  const engine = text(object(plan)["engine"]) ?? "";
  const stated = middle(object(runtime)["lengthSpread"]);
  return stated ?? (object(runtime)["meanLengths"] === true ? undefined : UNSTATED_SPREAD[engine]);
}

function layoutRanks(record: MeasurementRecord): number {
  const layout = object(object(record.plan)["layout"]);
  return (number(layout["tp"]) ?? 1) * (number(layout["pp"]) ?? 1);
}

function completeOptions(record: MeasurementRecord, assumptions: string[]): Loose {
  const runtime = object(record.runtime);
  const engine = text(object(record.plan)["engine"]);
  const options: Record<string, unknown> = {};
  const copy = (from: string, to: string, value = number(runtime[from])) => {
    if (value !== undefined && value > 0) options[to] = value;
  };
  copy("weightsBytes", "weightsBytes");
  copy("ubatch", "ubatch");
  copy("threads", "threads");
  copy("maxRunningRequests", "maxRunningRequests");
  copy("schedulerInterval", "schedulerInterval");
  copy(
    "chunkedPrefill",
    "chunkedPrefill",
    number(runtime["chunkedPrefill"]) ?? number(runtime["tokensPerGpuPerStep"]),
  );
  copy("memFraction", "memFraction");
  copy("contextTokens", "contextLength");
  copy("acceptanceLength", "acceptanceLength", middle(runtime["acceptanceLength"]));
  if (engine === "atom" && options["acceptanceLength"] === undefined) {
    options["acceptanceLength"] = RANDOM_PROMPT_ACCEPTANCE.value;
    assumptions.push(`${RANDOM_PROMPT_ACCEPTANCE.value} tokens accepted a step with drafts`);
  }
  if (/duplicated/.test(text(runtime["numa"]) ?? "")) options["numa"] = "duplicate";
  if (record.engineVersion !== "") options["engineVersion"] = record.engineVersion.slice(0, 80);
  return options;
}

function runFacts(record: MeasurementRecord, plan: Plan, catalog: Catalog): RunFacts {
  const slice = object(object(record.runtime)["slice"]);
  const architecture = catalog.models.get(plan.model)?.architecture;
  const dense = number(slice["denseLayers"]);
  const moe = number(slice["moeLayers"]);
  const sliced =
    architecture === undefined || dense === undefined || moe === undefined
      ? undefined
      : { ...architecture, layerCount: dense + moe, denseLayerCount: dense };
  // vendors' own stacks were tuned before the public engines: they stand for these as they are today
  const internal = VENDOR_STACKS.has(text(object(record.plan)["engine"]) ?? "");
  const age = internal ? {} : { engineDate: record.date };
  return { ...age, ...(sliced === undefined ? {} : { architecture: sliced }) };
}
