/** From a plan to the step models of its instances, kept by the inputs that they follow from. */
import type { MlaArchitecture } from "../../domain/architecture.ts";
import type { Accelerator, Catalog, Engine, EngineVersion } from "../../domain/catalog.ts";
import type { OpTableSet } from "../../domain/op-tables.ts";
import { runsSequentially, type EngineId, type InstanceLayout, type Plan } from "../../domain/plan.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import type { StepModel, StepModelInput } from "../../domain/step-model.ts";
import { knowsWeights } from "../ops/precision.ts";
import { createGpuStepModel } from "../step/gpu-step-model.ts";
import {
  agedModel,
  EARLY_BUILD,
  EARLY_BUILDS_BEFORE,
  EARLY_LAYER_BUILD,
  EARLY_LAYER_BUILDS_BEFORE,
  EARLY_PREFILL,
  type Ages,
} from "./aged-model.ts";
import { createSequentialStepModel } from "../step/sequential-step-model.ts";

/** What cannot be told, and the plan's field that would tell it. */
export interface MissingFact {
  readonly path: string;
  readonly message: string;
}

/** What the evidence knows of a run beyond its plan. */
export interface RunFacts {
  /** Date of the engine build, where its version is not in the catalog. */
  readonly engineDate?: string;
  /** A slice of the model instead of the whole. */
  readonly architecture?: MlaArchitecture;
}

export interface StepModelFacts {
  readonly catalog: Catalog;
  readonly opTables: OpTableSet | null;
}

export { runsSequentially };

/** The engine version that a plan means: the named one, else the catalog's current one. */
export function engineVersionOf(engine: Engine, asked: string | undefined, date?: string): EngineVersion {
  const exact = engine.versions.find((v) => v.version === (asked ?? engine.current));
  const current = exact ?? engine.versions.find((v) => v.version === engine.current) ?? engine.versions[0];
  if (current === undefined) throw new RangeError(`engine ${engine.id} has no version`);
  if (exact !== undefined && date === undefined) return exact;
  return { ...current, version: asked ?? current.version, date: date ?? current.date };
}

const CACHE_SIZE = 256;
const caches = new WeakMap<Catalog, Map<string, Result<StepModel, MissingFact>>>();

/** The step model of one instance; the same object for the same inputs. */
export function stepModel(
  plan: Plan,
  instance: InstanceLayout,
  facts: StepModelFacts,
  run: RunFacts = {},
): Result<StepModel, MissingFact> {
  let cache = caches.get(facts.catalog);
  if (cache === undefined) {
    cache = new Map();
    caches.set(facts.catalog, cache);
  }
  const key = cacheKey(plan, instance, facts.opTables, run);
  const known = cache.get(key);
  if (known !== undefined) return known;
  const made = createStepModel(plan, instance, facts, run);
  if (cache.size >= CACHE_SIZE) cache.delete(cache.keys().next().value as string);
  cache.set(key, made);
  return made;
}

function cacheKey(plan: Plan, i: InstanceLayout, tables: OpTableSet | null, run: RunFacts): string {
  const { cluster: c, layout: l } = plan;
  const experts = typeof l.experts === "string" ? l.experts : l.experts.cpuLayers;
  const head = `${plan.model}|${plan.weights}|${plan.kvCache}|${plan.engine}|${plan.speculative}`;
  const shape = `${i.tp}.${i.pp}.${i.dpAttention}.${i.ep}.${l.dcp}|${experts}`;
  const where = `${c.accelerator}|${c.acceleratorsPerNode}|${c.nodes}|${c.host}|${c.sockets}|${c.hostMemoryBandwidth}|${c.fabric}`;
  const slice = run.architecture === undefined ? "" : JSON.stringify(run.architecture);
  return `${head}|${shape}|${where}|${tables?.accelerator}|${run.engineDate}|${slice}|${JSON.stringify(plan.options)}`;
}

function createStepModel(
  plan: Plan,
  instance: InstanceLayout,
  facts: StepModelFacts,
  run: RunFacts,
): Result<StepModel, MissingFact> {
  const input = stepModelInput(plan, instance, facts, run);
  if (!input.ok) return input;
  const refused = refuse(plan, input.value);
  if (refused !== undefined) return fail(refused);
  try {
    const model = runsSequentially(plan.engine)
      ? createSequentialStepModel(input.value)
      : createGpuStepModel(input.value);
    const ages = agesOf(plan.engine, input.value);
    return ok(ages === null ? model : agedModel(model, ages));
  } catch (error) {
    if (error instanceof RangeError) return fail({ path: "cluster", message: error.message });
    throw error;
  }
}

/** Whether the plan's engine build is from before its kernels for this model were tuned. */
export function isEarlyBuild(plan: Plan, { catalog }: StepModelFacts, run: RunFacts): boolean {
  const engine = catalog.engines.get(plan.engine);
  if (engine === undefined) return false;
  const engineVersion = engineVersionOf(engine, plan.options.engineVersion, run.engineDate);
  const accelerator = acceleratorOf(plan, catalog);
  return agesOf(plan.engine, { engineVersion, accelerator }) !== null;
}

interface Age {
  readonly engineVersion: EngineVersion;
  readonly accelerator?: Accelerator | undefined;
}

function agesOf(engine: EngineId, { engineVersion, accelerator }: Age): Ages | null {
  const { date } = engineVersion;
  if (!runsSequentially(engine)) {
    if (date >= EARLY_BUILDS_BEFORE) return null;
    return { decode: EARLY_BUILD.value, prefill: EARLY_PREFILL.value };
  }
  const early = (engine === "llama.cpp" || engine === "ollama") && date < EARLY_LAYER_BUILDS_BEFORE;
  return early && accelerator !== undefined
    ? { decode: EARLY_LAYER_BUILD, prefill: EARLY_LAYER_BUILD }
    : null;
}

function refuse(plan: Plan, input: StepModelInput): MissingFact | undefined {
  if (runsSequentially(plan.engine)) return undefined;
  if (input.accelerator === undefined) {
    return { path: "cluster.accelerator", message: `${plan.engine} is not modelled without accelerators` };
  }
  if (plan.layout.experts !== "gpu") {
    return { path: "layout.experts", message: `${plan.engine} is not modelled with experts in host memory` };
  }
  if (!knowsWeights(input.weights)) {
    return { path: "weights", message: `no compute model for ${plan.weights} under ${plan.engine}` };
  }
  return undefined;
}

/** What a step model needs of one instance, or the id that the catalog does not hold. */
export function stepModelInput(
  plan: Plan,
  instance: InstanceLayout,
  facts: StepModelFacts,
  run: RunFacts = {},
): Result<StepModelInput, MissingFact> {
  const { catalog } = facts;
  const { cluster } = plan;
  const model = catalog.models.get(plan.model);
  const engine = catalog.engines.get(plan.engine);
  const weights = catalog.weightFormats.get(plan.weights);
  if (model === undefined) return unknown("model", plan.model);
  if (engine === undefined) return unknown("engine", plan.engine);
  if (weights === undefined) return unknown("weights", plan.weights);
  const accelerator = acceleratorOf(plan, catalog);
  const fabric = cluster.fabric === undefined ? undefined : catalog.fabrics.get(cluster.fabric);
  const host = cluster.host === undefined ? undefined : catalog.hosts.get(cluster.host);
  const version = engineVersionOf(engine, plan.options.engineVersion, run.engineDate);
  return ok({
    architecture: run.architecture ?? model.architecture,
    engine,
    engineVersion: version,
    weights,
    kvCache: plan.kvCache ?? version.defaults.kvCache,
    ...(accelerator === undefined ? {} : { accelerator }),
    acceleratorsPerNode: cluster.acceleratorsPerNode,
    ...(fabric === undefined ? {} : { fabric }),
    ...(host === undefined ? {} : { host }),
    sockets: cluster.sockets ?? host?.sockets ?? 1,
    ...(cluster.hostMemoryBandwidth === undefined
      ? {}
      : { hostMemoryBandwidth: cluster.hostMemoryBandwidth }),
    tp: instance.tp,
    pp: instance.pp,
    dpAttention: instance.dpAttention,
    ep: instance.ep,
    dcp: plan.layout.dcp,
    experts: plan.layout.experts,
    speculative: plan.speculative,
    options: plan.options,
    opTables: facts.opTables,
  });
}

export function acceleratorOf(plan: Plan, catalog: Catalog): Accelerator | undefined {
  const { accelerator, acceleratorsPerNode } = plan.cluster;
  if (accelerator === undefined || acceleratorsPerNode === 0) return undefined;
  return catalog.accelerators.get(accelerator);
}

function unknown(path: string, id: string): { ok: false; error: MissingFact } {
  return fail({ path, message: `the catalog holds no ${path} ${JSON.stringify(id)}` }) as {
    ok: false;
    error: MissingFact;
  };
}
