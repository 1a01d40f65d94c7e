/** From the published checkpoint to a served file: stages with their hours, and the export's steps. */
import type { MlaArchitecture } from "../../domain/architecture.ts";
import type { ExportStep, Stage } from "../../domain/finetune-estimate.ts";
import {
  needsCopy,
  readsPublished,
  type AdapterTarget,
  type FinetunePlan,
} from "../../domain/finetune-plan.ts";
import type { Ranged } from "../../domain/provenance.ts";
import { ggufFileType } from "../../tensors/gguf-mixes.ts";
import { ggufLayerBytes } from "../../tensors/gguf-layer-bytes.ts";
import { listGgufTensors } from "../../tensors/gguf-tensors.ts";
import { copyBytes, isCheckpointFormat, weightTotals } from "../../tensors/weight-totals.ts";
import { formatCount, formatFileSize } from "../../units/format.ts";
import { FINETUNE } from "./parameters.ts";

const WITHIN = { low: 0.5, high: 2 } as const;

export interface ScheduleSizes {
  readonly published: number;
  readonly cast: number;
  /** The 16-bit GGUF file, which leaves the multi-token-prediction layer out. */
  readonly converted: number;
  readonly result: number | null;
  readonly adapterFile: number | null;
}

export function scheduleSizes(
  a: MlaArchitecture,
  plan: FinetunePlan,
  adapterFile: number | null,
): ScheduleSizes {
  return {
    published: weightTotals(a, "fp8", { mtpLayer: true }).total,
    cast: copyBytes(a),
    converted: weightTotals(a, "bf16", { mtpLayer: false }).total,
    result: resultBytes(a, plan.result.weights),
    adapterFile,
  };
}

function resultBytes(a: MlaArchitecture, weights: string): number | null {
  if (isCheckpointFormat(weights)) return weightTotals(a, weights, { mtpLayer: false }).total;
  const type = ggufFileType(weights.replace(/^gguf:/, ""));
  return type === null ? null : ggufLayerBytes(a, type, { imatrix: false, mtpLayer: false }).total;
}

const assumed = (hours: number): Ranged => ({
  value: hours,
  low: hours * WITHIN.low,
  high: hours * WITHIN.high,
  basis: "assumed",
});
const diskHours = (bytes: number): Ranged => assumed(bytes / FINETUNE.diskRate.value / 3600);

/**
 * Stages in order. Times of disk and processors are assumed rates, 3 GB/s and 0.35 GB/s, half to twice; the
 * training's are the step model's.
 */
export function schedule(
  plan: FinetunePlan,
  sizes: ScheduleSizes,
  train: Ranged | null,
  evaluate: Ranged | null,
): readonly Stage[] {
  const { published, cast, converted, result } = sizes;
  const read = readsPublished(plan) ? published : cast;
  const stage = (name: string, hours: Ranged, bytes: number | null, bound: string): Stage => ({
    name,
    hue: "runtime",
    hours,
    bytes,
    tokens: null,
    bound,
  });
  const tokens = plan.data.tokens * plan.data.epochs;
  const merged = plan.result.form === "merged";
  const gguf = plan.result.weights.startsWith("gguf:");
  return [
    ...(needsCopy(plan) ? [stage("Cast FP8 to BF16", diskHours(published + cast), cast, "disk")] : []),
    stage("Load the base", diskHours(read / plan.cluster.nodes), read, "disk"),
    ...(train ? [{ ...stage("Train", train, null, "compute"), hue: "experts" as const, tokens }] : []),
    ...(evaluate
      ? [
          {
            ...stage(`Evaluate, ${formatCount(plan.data.evaluations ?? 1)} times`, evaluate, null, "compute"),
            hue: "act" as const,
            tokens: (plan.data.evaluationTokens ?? 0) * (plan.data.evaluations ?? 1),
          },
        ]
      : []),
    ...(plan.method !== "full" && merged
      ? [stage("Merge into BF16", diskHours(2 * cast), cast, "disk")]
      : []),
    ...(gguf && merged ? [stage("Convert to GGUF", diskHours(cast + converted), converted, "disk")] : []),
    ...(gguf && merged && result !== null
      ? [
          stage(
            `Quantize ${plan.result.weights.slice(5)}`,
            assumed(converted / FINETUNE.quantizeRate.value / 3600),
            result,
            "CPU",
          ),
        ]
      : []),
    ...(gguf && !merged && sizes.adapterFile !== null
      ? [stage("Adapter to GGUF", diskHours(2 * sizes.adapterFile), sizes.adapterFile, "disk")]
      : []),
  ];
}

/**
 * Matrices whose adapters llama.cpp loads and leaves unused: its graph of this architecture multiplies them without.
 *
 * Source   llama.cpp v0.5.0, src/models/deepseek2.cpp; seen in a run: `npm run test:kits` with a converter
 */
const UNUSED: readonly AdapterTarget[] = ["q_a", "q_b", "kv_a", "kv_b"];

/** Why an adapter in GGUF would be another model than the trained one; undefined where it would not. */
export function adapterFault({ method, result, adapters }: FinetunePlan): string | undefined {
  if (method === "full" || result.form !== "adapter" || !result.weights.startsWith("gguf:")) return undefined;
  const lost = UNUSED.filter((target) => adapters?.ranks[target] !== undefined);
  return lost.length === 0
    ? undefined
    : `llama.cpp loads adapters on ${lost.join(", ")} and does not use them: its graph multiplies these matrices of this model without adapters. Merge, or adapt o, dense and shared alone.`;
}

/** "From adapter to a served file", with sizes on disk. */
export function exportSteps(
  a: MlaArchitecture,
  plan: FinetunePlan,
  sizes: ScheduleSizes,
  modules: number,
): readonly ExportStep[] {
  const { cast, converted, result, adapterFile } = sizes;
  const gguf = plan.result.weights.startsWith("gguf:");
  const type = plan.result.weights.replace(/^gguf:/, "");
  const steps: ExportStep[] = [];
  if (adapterFile !== null)
    steps.push({
      name: "Save adapters",
      detail: `safetensors, ${formatCount(modules)} modules`,
      bytes: adapterFile,
    });
  if (plan.result.form === "adapter") {
    if (gguf)
      steps.push({ name: "Convert the adapter", detail: "convert_lora_to_gguf.py, F16", bytes: adapterFile });
    steps.push({ name: "Serve", detail: "the adapter beside the base's own file", bytes: null });
    return steps;
  }
  if (plan.method !== "full")
    steps.push({
      name: "Merge into the BF16 base",
      detail: `needs ${formatFileSize(cast)} of RAM, or a shard at a time`,
      bytes: cast,
    });
  if (gguf) {
    const tensors = listGgufTensors(a, { mtpLayer: false }).length;
    steps.push({
      name: "Convert to GGUF",
      detail: `${formatCount(tensors)} tensors, MTP layer dropped`,
      bytes: converted,
    });
    steps.push({ name: `Quantize ${type}`, detail: "llama-quantize, tensor by tensor", bytes: result });
  } else if (type !== "bf16") {
    steps.push({ name: `Quantize ${type}`, detail: "with the serving engine's own tool", bytes: result });
  }
  steps.push({ name: "Serve", detail: "as a plan of its own", bytes: null });
  return steps;
}
