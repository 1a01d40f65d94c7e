/** A fine-tuning plan as its framework's writers need it: what was decided, in whole numbers. */
import type { Model } from "../../domain/catalog.ts";
import type { FinetuneEstimate } from "../../domain/finetune-estimate.ts";
import { ADAPTER_TARGETS, type AdapterTarget, type FinetunePlan } from "../../domain/finetune-plan.ts";
import { acceleratorsOf } from "../../domain/plan.ts";
import { splitLayers } from "../../tensors/split-layers.ts";

export interface FrameworkRelease {
  readonly name: string;
  readonly version: string;
  /** What the kit's environment installs: package or repository → version, commit or branch. */
  readonly pins: Readonly<Record<string, string>>;
}

export interface FinetuneKitInput {
  readonly plan: FinetunePlan;
  readonly estimate: FinetuneEstimate;
  readonly model: Model;
  readonly framework: FrameworkRelease;
  /** As drivers name it; absent: any will do. */
  readonly accelerator?: { readonly shortName: string; readonly vendor: string };
  /** Sockets of the plan's host, where it names one. */
  readonly sockets?: number;
  /** The result's type cannot be quantized without an importance matrix. */
  readonly needsImatrix: boolean;
  readonly link: string;
}

/** About as often as a lost hour hurts. Assumed. */
const SAVE_EVERY_SECONDS = 3600;
/** What every framework's own examples start from. */
const RATES = { full: 1e-5, adapters: 1e-4 } as const;

export interface Run extends FinetuneKitInput {
  readonly name: string;
  readonly accelerators: number;
  /** Optimizer steps of the whole run, between saves, and between looks at held-out data (none: absent). */
  readonly steps: number;
  readonly saveSteps: number;
  readonly evaluationSteps?: number;
  readonly microBatches: number;
  readonly learningRate: number;
  /** Absent in full fine-tuning. */
  readonly adapters?: {
    readonly rank: number;
    readonly alpha: number;
    readonly dropout: number;
    readonly targets: readonly AdapterTarget[];
  };
  /** Layers of each pipeline stage, as the estimate cuts them. */
  readonly stages: readonly number[];
  readonly gguf: boolean;
  /** The result's type without its family. */
  readonly type: string;
}

export function runOf(input: FinetuneKitInput, name: string): Run {
  const { plan, estimate, model } = input;
  const { layout, training, data, adapters } = plan;
  const accelerators = acceleratorsOf(plan.cluster);
  const dp = accelerators / (layout.tp * layout.pp * layout.cp);
  const steps =
    estimate.performance?.steps ??
    Math.max(1, Math.ceil((data.tokens * data.epochs) / (training.globalBatch * training.sequenceTokens)));
  const seconds = estimate.performance?.stepSeconds.value;
  const between = seconds === undefined ? steps : Math.max(1, Math.round(SAVE_EVERY_SECONDS / seconds));
  const targets = ADAPTER_TARGETS.filter((target) => adapters?.ranks[target] !== undefined);
  const rank = adapters?.ranks[targets[0] ?? "q_a"] ?? 0;
  const gguf = plan.result.weights.startsWith("gguf:");
  return {
    ...input,
    name,
    accelerators,
    steps,
    saveSteps: Math.min(steps, between),
    ...(data.evaluationTokens === undefined
      ? {}
      : { evaluationSteps: Math.max(1, Math.floor(steps / (data.evaluations ?? 1))) }),
    microBatches: Math.max(1, Math.round(training.globalBatch / (dp * training.microBatch))),
    learningRate: training.learningRate ?? (adapters ? RATES.adapters : RATES.full),
    ...(adapters
      ? { adapters: { rank, alpha: adapters.alpha ?? 2 * rank, dropout: adapters.dropout ?? 0, targets } }
      : {}),
    stages: splitLayers(model.architecture.layerCount, layout.pp, "vllm"),
    gguf,
    type: plan.result.weights.replace(/^gguf:/, ""),
  };
}

/**
 * Megatron's layout of a pipeline: E the embedding, t a layer, L the loss, one part a stage.
 *
 * Source   ms-swift Megatron-SWIFT command line parameters, pipeline_model_parallel_layout
 */
export const pipelineLayout = ({ stages }: Run): string =>
  stages
    .map((layers, at) => `${at === 0 ? "E" : ""}${"t".repeat(layers)}${at === stages.length - 1 ? "L" : ""}`)
    .join("|");
