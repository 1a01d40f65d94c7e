/**
 * A training record as a fine-tuning plan: what the run did not say is assumed and named; what changes the answer by
 * more than its error bar is listed as missing.
 */
import type { MlaArchitecture } from "../domain/architecture.ts";
import type { Catalog } from "../domain/catalog.ts";
import type { FinetunePlan } from "../domain/finetune-plan.ts";
import type { MeasurementRecord } from "../domain/measurement.ts";
import { parseFinetunePlan } from "../domain/parse-finetune-plan.ts";
import { vocabularyOf } from "../domain/plan-vocabulary.ts";
import type { Problem } from "../domain/problem.ts";
import { number, object, text, type Loose } from "./record-facts.ts";

export interface CompletedTraining {
  readonly plan: FinetunePlan;
  /** The model's, or that of the layers that ran. */
  readonly architecture: MlaArchitecture;
  /** The multi-token-prediction layer trained along. */
  readonly mtp: boolean;
  /** Accelerators that hold the layers one after another in one process: the plan has them as one. */
  readonly sharedBy: number;
  /** What was timed: whole steps, or the base as it lies in memory. */
  readonly pass: "step" | "base";
  readonly assumptions: readonly string[];
}

export type TrainingCompletion =
  | { readonly ok: true; readonly value: CompletedTraining }
  | { readonly ok: false; readonly missing: readonly string[]; readonly problem?: Problem };

/**
 * Layouts that Megatron-Bridge's performance recipes take; its tables leave most of them out.
 *
 * Source   megatron-bridge: docs/performance-summary.md and scripts/performance, the next release where one is silent
 */
const RECIPES: Readonly<Record<string, { readonly pp: number; readonly ep: number; readonly tp?: number }>> =
  {
    gb300: { pp: 2, ep: 32 },
    gb200: { pp: 4, ep: 64 },
    "b300-sxm": { pp: 8, ep: 8 },
    "b200-sxm": { pp: 16, ep: 8 },
    "h100-sxm": { pp: 8, ep: 64, tp: 2 },
  };

const ATTENTION = ["q_a", "q_b", "kv_a", "kv_b", "o"] as const;
const EVERY_LINEAR = [...ATTENTION, "dense", "shared"] as const;
const ranksOf = (targets: readonly string[], rank: number) =>
  Object.fromEntries(targets.map((target) => [target, rank]));

interface Draft {
  readonly written: Loose;
  readonly mtp?: boolean;
  readonly sharedBy?: number;
  readonly pass?: "base";
  readonly assumptions: readonly string[];
}

/** By the software that ran; undefined names of facts are those that no assumption replaces. */
const DRAFTS: Readonly<Record<string, (record: MeasurementRecord) => Draft | readonly string[]>> = {
  "megatron-bridge": preTraining,
  ktransformers: hostTraining,
  "transformers-peft": slices,
  "xtuner-deepspeed": (record) => record.missing.filter((name) => name === "recomputation"),
  verl: () => ["reinforcement learning"],
};

export function completeTraining(record: MeasurementRecord, catalog: Catalog): TrainingCompletion {
  const draft = DRAFTS[text(object(record.plan)["engine"]) ?? ""]?.(record) ?? ["engine"];
  if (!("written" in draft))
    return { ok: false, missing: draft.length > 0 ? draft : ["a metric that is modelled"] };
  const model = text(object(record.plan)["model"]);
  const input = { version: 1, goal: "finetune", model, data: { tokens: 1e9 }, ...draft.written };
  const parsed = parseFinetunePlan(input, vocabularyOf(catalog));
  if (!parsed.ok) return { ok: false, missing: [parsed.error.path], problem: parsed.error };
  const architecture = catalog.models.get(parsed.value.model)?.architecture;
  if (architecture === undefined) return { ok: false, missing: ["model"] };
  const { mtp = false, sharedBy = 1, pass = "step", assumptions } = draft;
  const cut = slicedTo(record, architecture);
  return { ok: true, value: { plan: parsed.value, architecture: cut, mtp, sharedBy, pass, assumptions } };
}

function slicedTo(record: MeasurementRecord, architecture: MlaArchitecture): MlaArchitecture {
  const slice = object(object(record.runtime)["slice"]);
  const [dense, moe] = [number(slice["denseLayers"]), number(slice["moeLayers"])];
  if (dense === undefined || moe === undefined) return architecture;
  return { ...architecture, layerCount: dense + moe, denseLayerCount: dense };
}

function clusterOf(record: MeasurementRecord): Loose {
  return object(object(record.plan)["cluster"]);
}

function preTraining(record: MeasurementRecord): Draft | readonly string[] {
  const cluster = clusterOf(record);
  const recipe = RECIPES[text(cluster["accelerator"]) ?? ""];
  const { sequenceLength, globalBatch } = object(record.runtime);
  if (recipe === undefined) return ["pp", "ep"];
  if (number(sequenceLength) === undefined || number(globalBatch) === undefined) return ["sequenceLength"];
  const layout = object(object(record.plan)["layout"]);
  const stated = layout["pp"] !== undefined && layout["ep"] !== undefined;
  const words = `${recipe.tp === undefined ? "" : `TP ${recipe.tp}, `}PP ${recipe.pp}, EP ${recipe.ep}`;
  return {
    written: {
      method: "full",
      base: text(object(record.plan)["weights"]) === "bf16" ? "bf16" : "fp8",
      framework: "megatron-bridge",
      cluster,
      layout: { ...recipe, ...layout },
      training: { sequenceTokens: sequenceLength, globalBatch, recompute: "selective" },
    },
    mtp: true,
    assumptions: [
      ...(stated ? [] : [`${words}, as its recipe`]),
      "norms, up-projections and activations recomputed",
      "the MTP layer trained along",
    ],
  };
}

/**
 * KTransformers' published run: two RTX 4090 of 48 GB, two Xeon 8488C, experts in BF16, rank 8 on every linear
 * module, dropout 0.1.
 *
 * Source   ktransformers-sft, technical notes, "Setup" and "Memory Footprint"
 */
function hostTraining(record: MeasurementRecord): Draft | readonly string[] {
  const { sequenceLength, gradientAccumulation } = object(record.runtime);
  if (number(sequenceLength) === undefined || number(gradientAccumulation) === undefined)
    return ["sequenceLength"];
  return {
    written: {
      method: "lora",
      base: "bf16",
      framework: "ktransformers",
      adapters: { ranks: ranksOf(EVERY_LINEAR, 8), dropout: 0.1 },
      cluster: {
        accelerator: text(clusterOf(record)["accelerator"]),
        acceleratorsPerNode: 1,
        nodes: 1,
        host: "xeon-4th-2s",
        hostMemoryGiB: 2048,
      },
      training: { sequenceTokens: sequenceLength, globalBatch: gradientAccumulation, recompute: "none" },
    },
    sharedBy: 2,
    assumptions: [
      "two GPUs, two Xeon 8488C, rank 8 and dropout 0.1, as its setup says",
      "nothing recomputed",
    ],
  };
}

/** Layers of the model with PEFT adapters on one accelerator. */
function slices(record: MeasurementRecord): Draft | readonly string[] {
  const { pass, targets, rank, sequenceLength, microBatch, checkpointing } = object(record.runtime);
  if (pass === "forward") return ["forward pass alone"];
  // They lay in fused tensors: the whole of W + B A was made in every pass, which no framework's own experts do.
  if (targets === "attention+experts") return ["adapters on fused experts"];
  const base = pass === "base";
  return {
    written: {
      method: "lora",
      base: "bf16",
      framework: "llamafactory",
      adapters: { ranks: ranksOf(ATTENTION, number(rank) ?? 16) },
      cluster: clusterOf(record),
      training: {
        sequenceTokens: base ? 1 : sequenceLength,
        microBatch: base ? 1 : microBatch,
        globalBatch: base ? 1 : microBatch,
        recompute: checkpointing === true ? "full" : "none",
      },
      layout: { sharding: "full" },
    },
    ...(base ? { pass: "base" as const } : {}),
    assumptions: [],
  };
}
