/** Routed experts that the host multiplies: KTransformers. */
import type { MlaArchitecture } from "../../domain/architecture.ts";
import type { Host } from "../../domain/catalog.ts";
import type { StepPart } from "../../domain/finetune-estimate.ts";
import type { FinetunePlan } from "../../domain/finetune-plan.ts";
import type { EstimateBasis } from "../../domain/provenance.ts";
import { BASE_BYTES, modelParameters } from "./base-weights.ts";
import { cutOf } from "./cut.ts";

/** What two sockets of Xeon 8488C reach in the expert products, operations a second: forward and backward. */
const FORWARD_FLOP = 17.55e12;
const BACKWARD_FLOP = 18.41e12;
/** Host bandwidth of that machine: 2 x 8 channels of DDR5-4800, four fifths of it reached. */
const REFERENCE_BANDWIDTH = 0.8 * 614e9;
/** Matrix products of one expert and token: 6 forward and 10 backward halves, as its authors count them. */
const FORWARD_OPERATIONS = 6;
const BACKWARD_OPERATIONS = 10;
/** Between layers: copies, casts, synchronisation, the autograd node. Two runs at 512 tokens tell the two parts. */
const LAYER_SECONDS = 0.0446;
const TOKEN_LAYER_SECONDS = 0.12 / 512;

/**
 * Time of the host's experts in one step.
 *
 *   products     6 (forward), 10 (backward) x top-k x hidden x intermediate operations a token and MoE layer, or
 *                reading every expert once a pass, whichever takes longer
 *   hand-over    0.045 s a layer and micro-batch, and 0.23 ms a token and layer
 *
 * Source   kvcache-ai/ktransformers SFT technical notes: 203 s for 16 micro-batches of 512 tokens with V3 on two
 *          Xeon 8488C and two RTX 4090, 36 s with V2-Lite; 17.55 and 18.41 TFLOPS
 * Leaves   AMX's absence (three times slower, assumed), sockets other than those by bandwidth
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
    (host ? 0.8 * host.memoryBandwidthSpecification.value : REFERENCE_BANDWIDTH);
  const scale = (bandwidth / REFERENCE_BANDWIDTH) * (host?.amx === false ? 1 / 3 : 1);
  const work = a.expertsPerToken * a.hiddenSize * a.expertIntermediateSize * moeLayers * tokens;
  const compute =
    (work * FORWARD_OPERATIONS) / (FORWARD_FLOP * scale) +
    (work * BACKWARD_OPERATIONS) / (BACKWARD_FLOP * scale);
  const touched = 1 - (1 - a.expertsPerToken / a.routedExpertCount) ** tokens;
  const read = (2 * modelParameters(a).experts * BASE_BYTES[plan.base] * touched) / bandwidth;
  const handOver = moeLayers * (LAYER_SECONDS + TOKEN_LAYER_SECONDS * tokens);
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
    basis: tokens <= 1024 ? "calibrated" : "extrapolated",
  };
}
