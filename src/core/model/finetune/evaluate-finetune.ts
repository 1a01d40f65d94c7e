/** The fine-tuning model's one door: what a run needs, how long it takes, what it costs. */
import type { MlaArchitecture } from "../../domain/architecture.ts";
import type { Accelerator, Catalog } from "../../domain/catalog.ts";
import type { Note } from "../../domain/estimate.ts";
import type {
  FinetuneEstimate,
  TrainableParameters,
  TrainingMemory,
} from "../../domain/finetune-estimate.ts";
import type { FinetunePlan } from "../../domain/finetune-plan.ts";
import type { Infeasible } from "../../domain/infeasible.ts";
import { GIB } from "../../units/quantity.ts";
import { adaptersByLayer, countAdapters } from "./adapters.ts";
import { modelParameters } from "./base-weights.ts";
import { costOf } from "./cost-of-run.ts";
import { diskItems, hostMoments, hostRank } from "./host-memory.ts";
import { memoryVerdict } from "./memory-verdict.ts";
import { trainingRanks } from "./memory.ts";
import { OFFERS, refuse, releasedOffer } from "./offers.ts";
import { notesOf } from "./notes.ts";
import { evaluationHours, performanceOf } from "./performance.ts";
import { adapterFault, exportSteps, schedule, scheduleSizes } from "./schedule.ts";
import { timeFault } from "./step-time.ts";

/**
 * Everything the model says of a fine-tuning plan.
 *
 * Pure and deterministic; plain data. Speed is also told for plans that do not fit. A fact that is missing is
 * a reason, never a zero.
 */
export function evaluateFinetune(
  plan: FinetunePlan,
  { catalog }: { readonly catalog: Catalog },
): FinetuneEstimate {
  const model = catalog.models.get(plan.model);
  const accelerator = catalog.accelerators.get(plan.cluster.accelerator ?? "");
  const offer = releasedOffer(plan.framework, catalog);
  if (!model || !accelerator) return untold(plan, model ? "cluster.accelerator" : "model");
  if (!offer) return untold(plan, "framework");
  const a = model.architecture;
  const refused = refuse(plan, offer);
  const parameters = trainableParameters(a, plan);
  const cuts = !refused.some(({ kind }) => kind === "layout") && plan.layout.pp <= a.layerCount;
  const memory = cuts ? memoryOf(a, plan, accelerator, parameters) : null;
  const fault = adapterFault(plan);
  const infeasible: Infeasible[] = [
    ...refused,
    ...(memory ? memoryVerdict(plan, accelerator, memory) : []),
    ...(fault === undefined ? [] : [{ kind: "engine" as const, path: "result.form", message: fault }]),
  ];
  const host = catalog.hosts.get(plan.cluster.host ?? "");
  const facts = { architecture: a, accelerator, ...(host ? { host } : {}), trainable: parameters.trainable };
  const missing = cuts ? timeFault(plan, facts) : undefined;
  const performance = cuts && missing === undefined ? performanceOf(plan, facts) : null;
  const disk = diskItems(a, plan, parameters.trainable, parameters.adapterFileBytes);
  const sizes = scheduleSizes(a, plan, parameters.adapterFileBytes);
  const stages = schedule(
    plan,
    sizes,
    performance?.trainHours ?? null,
    performance ? evaluationHours(plan, performance) : null,
  );
  const modules = parameters.adapters.reduce((sum, { modules: count }) => sum + count, 0);
  const result = sizes.result ?? 0;
  const merged = plan.result.form === "merged" && plan.method !== "full" ? sizes.cast : 0;
  return {
    fits: infeasible.length === 0,
    infeasible,
    parameters,
    memory,
    disk: { items: disk, peak: disk.reduce((sum, { bytes }) => sum + bytes, 0) + merged + result },
    performance,
    schedule: stages,
    cost: performance ? costOf(plan, catalog, performance, stages) : null,
    export: exportSteps(a, plan, sizes, modules),
    notes: [...notesOf(plan, offer, sizes.cast), ...missingNote(missing)],
  };
}

function memoryOf(
  a: MlaArchitecture,
  plan: FinetunePlan,
  accelerator: Accelerator,
  parameters: TrainableParameters,
): TrainingMemory {
  const adapters = plan.adapters ? adaptersByLayer(a, plan.adapters, OFFERS[plan.framework]) : [];
  const moments = hostMoments(a, plan, parameters.trainable);
  const installed = plan.cluster.hostMemoryGiB;
  return {
    ranks: trainingRanks(a, plan, accelerator, adapters),
    host: hostRank(moments, plan, installed === undefined ? null : installed * GIB),
    hostMoments: { load: moments.load, train: moments.train, save: moments.save },
    basis: "calibrated",
  };
}

function trainableParameters(a: MlaArchitecture, plan: FinetunePlan): TrainableParameters {
  const { total } = modelParameters(a);
  if (!plan.adapters) {
    const router = plan.training.routerFrozen === true ? routers(a) : 0;
    return { model: total, trainable: total - router, adapters: [], adapterFileBytes: null };
  }
  const offer = OFFERS[plan.framework];
  const adapters = countAdapters(a, plan.adapters, offer);
  const trainable = adapters.reduce((sum, { parameters }) => sum + parameters, 0);
  return { model: total, trainable, adapters, adapterFileBytes: trainable * offer.adapterBytes };
}

const routers = (a: MlaArchitecture): number =>
  (a.layerCount - a.denseLayerCount) * a.routedExpertCount * (a.hiddenSize + 1);

function missingNote(missing: string | undefined): Note[] {
  if (missing === undefined) return [];
  return [{ kind: "warning", message: `Speed cannot be told: ${missing} is not known.`, path: missing }];
}

/** An estimate of nothing: the catalog lacks what everything rests on. */
function untold(plan: FinetunePlan, path: string): FinetuneEstimate {
  const message = `The catalog does not know ${path} of this plan.`;
  return {
    fits: false,
    infeasible: [{ kind: "missing-fact", path, message }],
    parameters: { model: 0, trainable: 0, adapters: [], adapterFileBytes: null },
    memory: null,
    disk: { items: [], peak: 0 },
    performance: null,
    schedule: [],
    cost: null,
    export: [],
    notes: notesOf(plan),
  };
}
