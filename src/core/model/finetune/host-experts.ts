/** Routed experts that the host multiplies: KTransformers. */
import type { MlaArchitecture } from "../../domain/architecture.ts";
import type { Host } from "../../domain/catalog.ts";
import type { StepPart } from "../../domain/finetune-estimate.ts";
import { readsPublished, type FinetunePlan } from "../../domain/finetune-plan.ts";
import type { EstimateBasis } from "../../domain/provenance.ts";
import { BASE_BYTES, modelParameters } from "./base-weights.ts";
import { cutOf } from "./cut.ts";
import { FINETUNE } from "./parameters.ts";

/**
 * Time of the host's experts in one step.
 *
 *   products     6 (forward), 10 (backward) x top-k x hidden x intermediate operations a token and MoE layer, or
 *                reading every expert once a pass, whichever takes longer
 *   hand-over    0.045 s a layer and micro-batch, and 0.23 ms a token and layer
 *
 * Source   kvcache-ai/ktransformers SFT technical notes: 203 s for 16 micro-batches of 512 tokens with V3 on two
 *          Xeon 8488C and two RTX 4090, 36 s with V2-Lite; 17.55 and 18.41 TFLOPS
 * Leaves   AMX's absence, as under the published FP8 (three times slower, assumed), sockets other than those by bandwidth
 */
export function hostExperts(
  plan: FinetunePlan,
  { architecture: a, host }: { readonly architecture: MlaArchitecture; readonly host?: Host },
): { readonly parts: readonly StepPart[]; low: number; high: number; basis: EstimateBasis } {
  const cut = cutOf(plan);
  const rounds = cut.microBatches * cut.dp;
  const tokens = plan.training.microBatch * plan.training.sequenceTokens;
  const moeLayers = a.layerCount - a.denseLayerCount;
  const bandwidth =
    plan.cluster.hostMemoryBandwidth ??
    host?.memoryBandwidthAchieved?.value ??
    (host
      ? FINETUNE.hostBandwidthShare.value * host.memoryBandwidthSpecification.value
      : FINETUNE.hostReferenceBandwidth.value);
  const scale =
    (bandwidth / FINETUNE.hostReferenceBandwidth.value) *
    (host?.amx === false || readsPublished(plan) ? FINETUNE.hostWithoutAmx.value : 1);
  const work = a.expertsPerToken * a.hiddenSize * a.expertIntermediateSize * moeLayers * tokens;
  const compute =
    (work * FINETUNE.hostForwardOperations.value) / (FINETUNE.hostForward.value * scale) +
    (work * FINETUNE.hostBackwardOperations.value) / (FINETUNE.hostBackward.value * scale);
  const touched = 1 - (1 - a.expertsPerToken / a.routedExpertCount) ** tokens;
  const read = (2 * modelParameters(a).experts * BASE_BYTES[plan.base] * touched) / bandwidth;
  const handOver =
    moeLayers * (FINETUNE.hostLayerSeconds.value + FINETUNE.hostTokenLayerSeconds.value * tokens);
  return {
    parts: [
      {
        name: "Experts on the host",
        hue: "experts",
        seconds: (rounds * Math.max(compute, read)) / plan.cluster.nodes,
        bound: compute > read ? "host" : "bandwidth",
      },
      {
        name: "Hand-over between host and GPU",
        hue: "comm",
        seconds: (rounds * handOver) / plan.cluster.nodes,
        bound: "latency",
      },
    ],
    low: 0.7,
    high: 1.6,
    basis: tokens <= 1024 && !readsPublished(plan) ? "calibrated" : "extrapolated",
  };
}
