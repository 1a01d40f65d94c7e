/** Step 1: a decided plan and its estimate become the facts that files are made of. */
import type { Catalog, EngineVersion, Model, Source, WeightFormat } from "../domain/catalog.ts";
import type { EngineFlags } from "../domain/engine-flags.ts";
import type { Estimate } from "../domain/estimate.ts";
import type { Unsupported } from "../domain/kit.ts";
import { ranksPerReplica, type Plan } from "../domain/plan.ts";
import type { Problem } from "../domain/problem.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { findPatternFault } from "../domain/tensor-pattern.ts";
import type { GgufManifest } from "../domain/tensor.ts";
import { MLX_BITS, MLX_GROUP } from "../tensors/checkpoint-formats.ts";
import { formatCount } from "../units/format.ts";
import { counted } from "./engines/arguments.ts";
import { singleFile } from "./files/single-file.ts";
import type { KitIr, Placement, WeightsOrigin } from "./ir.ts";
import { pinVersion } from "./pin-version.ts";
import { findUnspeakable, isUnspeakable, slug } from "./text.ts";

export interface KitInput {
  readonly plan: Plan;
  readonly estimate: Estimate;
  readonly catalog: Catalog;
  readonly flags: EngineFlags;
  /** The whole link, or its hash text. */
  readonly link: string;
  /** Required for GGUF weights: what the conversion must give. */
  readonly manifest?: GgufManifest;
}

/** What the converter writes by itself: nothing is left to quantize. */
const DIRECT: ReadonlySet<string> = new Set(["F32", "F16", "BF16"]);

/** Kits for these; others are refused. */
const KIT_ENGINES: ReadonlySet<string> = new Set([
  "sglang",
  "vllm",
  "llama.cpp",
  "tensorrt-llm",
  "ik_llama.cpp",
  "ollama",
  "ktransformers",
  "lmdeploy",
  "mlx",
]);

/** Engines that compute experts on the host; Ollama says itself that it moves whole layers. */
const OFFLOADS: ReadonlySet<string> = new Set(["llama.cpp", "ik_llama.cpp", "ktransformers", "ollama"]);

/**
 * The kit's intermediate form, or why there is none.
 *
 * Returns Problem: a plan that does not fit, an engine or version without a kit, weights that nobody
 * publishes and that cannot be converted, a layout that no start-up can express.
 */
export function lower(input: KitInput): Result<KitIr, Problem> {
  const { plan, estimate, catalog } = input;
  const refusal = refusePlan(input);
  if (refusal) return fail(refusal);
  const model = catalog.models.get(plan.model);
  const weights = catalog.weightFormats.get(plan.weights);
  const engine = catalog.engines.get(plan.engine);
  if (!model) return fail({ path: "model", problem: `unknown id ${JSON.stringify(plan.model)}` });
  if (!weights) return fail({ path: "weights", problem: `unknown id ${JSON.stringify(plan.weights)}` });
  if (!engine) return fail({ path: "engine", problem: `unknown id ${JSON.stringify(plan.engine)}` });
  const pinned = pinVersion(plan, engine, input.flags);
  if (!pinned.ok) return pinned;
  const origin = findOrigin(plan, model, weights, input);
  if (!origin.ok) return origin;
  const placement = place(plan);
  if (!placement.ok) return placement;
  const { accelerator, host } = plan.cluster;
  const part = accelerator === undefined ? undefined : catalog.accelerators.get(accelerator);
  const box = host === undefined ? undefined : catalog.hosts.get(host);
  return ok({
    plan,
    estimate,
    link: input.link,
    model,
    engine,
    version: pinned.value.version,
    table: pinned.value.table,
    weights,
    origin: origin.value,
    ...(part ? { accelerator: part } : {}),
    ...(box ? { host: box } : {}),
    placement: placement.value,
    sources: collectSources(catalog, model, weights, pinned.value.version, origin.value),
    running: countRunning(plan, placement.value),
    contextTokens: chooseContext(plan, model, estimate),
    serving: servingBytes(estimate, origin.value),
    unsupported: [...pinned.value.unsupported, ...listUnsupported(plan, origin.value)],
    name: kitName(plan, placement.value),
  });
}

function refusePlan({ plan, estimate, link, catalog }: KitInput): Problem | undefined {
  const bad = findUnspeakable(plan, "") ?? (isUnspeakable(link) ? "link" : undefined);
  if (bad !== undefined) return { path: bad, problem: "holds characters that no file can carry" };
  const infeasible = estimate.infeasible[0];
  if (!estimate.fits) {
    const why = infeasible ? `: ${infeasible.message}` : "";
    return { path: "", problem: `does not fit, so there is nothing to deploy${why}` };
  }
  if (!KIT_ENGINES.has(plan.engine)) {
    return {
      path: "engine",
      problem: `no kit for ${plan.engine} yet; ${[...KIT_ENGINES].join(", ")} have one`,
    };
  }
  if (plan.layout.experts !== "gpu" && plan.cluster.acceleratorsPerNode > 0 && !OFFLOADS.has(plan.engine)) {
    return {
      path: "layout.experts",
      problem: `${catalog.engines.get(plan.engine)?.name ?? plan.engine} keeps every expert on the accelerators; llama.cpp, ik_llama.cpp and KTransformers compute some on the host`,
    };
  }
  const fault = faultOfTypes(plan);
  if (fault) return fault;
  return undefined;
}

/** Overrides are checked here too: a plan may come past the parser. */
function faultOfTypes({ options: { tensorTypes = [] }, weights }: Plan): Problem | undefined {
  const path = "options.tensorTypes";
  if (tensorTypes.length === 0) return undefined;
  if (!weights.startsWith("gguf:")) return { path, problem: "only GGUF files have types of single tensors" };
  for (const [index, { pattern }] of tensorTypes.entries()) {
    const fault = findPatternFault(pattern);
    if (fault !== undefined) return { path: `${path}.${index}.pattern`, problem: `the pattern ${fault}` };
  }
  return undefined;
}

function findOrigin(
  plan: Plan,
  model: Model,
  weights: WeightFormat,
  { manifest, flags }: KitInput,
): Result<WeightsOrigin, Problem> {
  const published = (id: string) => model.repositories.find((r) => r.weights === id);
  const native = published(model.nativeWeights);
  const bits = MLX_BITS[plan.weights];
  if (bits !== undefined && native) {
    return ok({ kind: "mlx", repository: native, bits, groupSize: MLX_GROUP });
  }
  if (weights.family !== "gguf") {
    const repository = published(plan.weights);
    if (repository) return ok({ kind: "repository", repository });
    return fail({
      path: "weights",
      problem: `no published checkpoint of ${model.name} in ${weights.name} is known, and no engine quantizes 671B while it loads`,
    });
  }
  if (plan.weights === "gguf:custom") {
    return fail({
      path: "weights",
      problem: "a file of one's own has no conversion to write; pick a GGUF type",
    });
  }
  if (!native) {
    return fail({
      path: "model",
      problem: `no published checkpoint of ${model.name} to convert from is known`,
    });
  }
  if (!manifest) return fail({ path: "weights", problem: "GGUF weights need a conversion manifest" });
  if (plan.engine !== "ollama") return ok({ kind: "convert", repository: native, manifest });
  const makes = new Set(flags.configKeys["--quantize"] ?? []);
  // A cluster's claim holds what is served, not the 16-bit file before it.
  const beside = plan.target !== "kubernetes";
  const plain = beside && !manifest.imatrix && (plan.options.tensorTypes ?? []).length === 0;
  const engineQuantizes = plain && !DIRECT.has(manifest.type) && makes.has(manifest.type);
  return ok({ kind: "convert", repository: native, manifest: singleFile(manifest), engineQuantizes });
}

function place(plan: Plan): Result<Placement, Problem> {
  const { acceleratorsPerNode, nodes } = plan.cluster;
  const { layout } = plan;
  const ranks = ranksPerReplica(layout);
  if (acceleratorsPerNode === 0) {
    if (nodes > 1) return fail({ path: "cluster.nodes", problem: "CPU-only kits start on one node" });
    return ok({
      acceleratorsPerNode,
      ranks: 0,
      nodesPerReplica: 1,
      replicasPerNode: 1,
      replicas: layout.replicas,
    });
  }
  const whole = ranks <= acceleratorsPerNode || ranks % acceleratorsPerNode === 0;
  if (!whole) {
    return fail({
      path: "layout",
      problem: `a replica of ${ranks} ranks fills neither part of a node of ${acceleratorsPerNode} nor whole nodes`,
    });
  }
  const nodesPerReplica = Math.max(1, ranks / acceleratorsPerNode);
  const replicasPerNode = nodesPerReplica > 1 ? 1 : Math.floor(acceleratorsPerNode / ranks);
  return ok({
    acceleratorsPerNode,
    ranks,
    nodesPerReplica: Math.ceil(nodesPerReplica),
    replicasPerNode: Math.min(replicasPerNode, layout.replicas),
    replicas: layout.replicas,
  });
}

function countRunning(plan: Plan, placement: Placement): KitIr["running"] {
  const { maxRunningRequests } = plan.options;
  if (maxRunningRequests !== undefined) {
    return { count: maxRunningRequests, because: `plan: at most ${formatCount(maxRunningRequests)} at once` };
  }
  const { concurrency, requestsPerSecond } = plan.workload;
  if (concurrency === undefined) {
    return {
      count: 0,
      because: `the plan gives an arrival rate of ${requestsPerSecond ?? 0} requests/s and no limit`,
    };
  }
  const count = Math.max(1, Math.ceil(concurrency / placement.replicas));
  const over = placement.replicas > 1 ? ` over ${placement.replicas} replicas` : "";
  return { count, because: `plan: ${counted(concurrency, "user")}${over}` };
}

/** The context that a request may take: the plan's, else room for twice this workload, at least 8K. */
function chooseContext(plan: Plan, model: Model, estimate: Estimate): KitIr["contextTokens"] {
  const { inputTokens, outputTokens, contextDepth = 0 } = plan.workload;
  const needed = contextDepth + inputTokens + outputTokens;
  const sum = `${formatCount(contextDepth + inputTokens)} in + ${formatCount(outputTokens)} out`;
  const limit = model.architecture.maxContextTokens;
  if (plan.options.contextLength !== undefined) {
    return { count: plan.options.contextLength, because: `plan: ${sum} = ${formatCount(needed)} of it used` };
  }
  const roomy = 2 ** Math.ceil(Math.log2(Math.max(8192, 2 * needed)));
  const cache = estimate.memory?.kvCacheTokens ?? roomy;
  const count = Math.min(limit, Math.max(needed, Math.min(roomy, cache)));
  return {
    count,
    because: `${sum} = ${formatCount(needed)}, with room; the model itself goes to ${formatCount(limit)}`,
  };
}

function servingBytes(estimate: Estimate, origin: WeightsOrigin): number {
  if (origin.kind === "convert") return origin.manifest.tensorBytes;
  return estimate.memory?.weightsBytes ?? 0;
}

function listUnsupported(plan: Plan, origin: WeightsOrigin): Unsupported[] {
  const list: Unsupported[] = [];
  if (origin.repository.revision === undefined) {
    list.push({
      path: "model",
      reason: `no commit of ${origin.repository.repository} is pinned in the catalog: download.sh takes REVISION (default: main), so two downloads may differ`,
    });
  }
  if (plan.options.schedulerInterval !== undefined) {
    list.push({
      path: "options.schedulerInterval",
      reason: "the interval is a property of the engine version, no option sets it",
    });
  }
  return list;
}

function collectSources(
  catalog: Catalog,
  model: Model,
  weights: WeightFormat,
  version: EngineVersion,
  origin: WeightsOrigin,
): Source[] {
  const ids = new Set([version.source, weights.source, origin.repository.source, model.released.source]);
  return [...ids].sort().flatMap((id) => catalog.sources.get(id) ?? []);
}

export function kitName(plan: Plan, placement: Placement): string {
  const part =
    plan.cluster.accelerator === undefined
      ? "cpu"
      : `${placement.acceleratorsPerNode}x-${plan.cluster.accelerator}`;
  const nodes = plan.cluster.nodes > 1 ? `-${plan.cluster.nodes}n` : "";
  const target = plan.target === undefined ? "" : `-${plan.target}`;
  return slug(`fathom-${plan.model}-${plan.weights}-${plan.engine}-${part}${nodes}${target}`);
}
