/** How long a dense student takes to learn. */
import type { DenseArchitecture } from "../../domain/dense-architecture.ts";
import type { Accelerator } from "../../domain/catalog.ts";
import type { FinetuneMethod } from "../../domain/finetune-plan.ts";
import type { Ranged } from "../../domain/provenance.ts";
import { countDenseParameters } from "../../tensors/dense-tensors.ts";
import { layerActivationBytes, type StudentRun } from "./student-memory.ts";

/** What of an accelerator a step's time follows from. */
export interface TrainingDevice {
  readonly peakBf16: number;
  readonly memoryBandwidth: number;
  /** B/s of one accelerator to its peers, one way; absent: alone. */
  readonly link?: number;
}

interface StepParameters {
  /** Share of the dense 16-bit peak that matrix products reach. */
  readonly efficiency: number;
  /** How often the bytes of a layer's activations cross the memory, by element-wise kernels that are not fused. */
  readonly traffic: number;
  /** Seconds that launching one layer's kernels takes, forward and backward. */
  readonly launch: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Fitted on 58 steps of Qwen3 shapes on one H100 (Transformers, PEFT): median error 5 % for full training and
 * 2 % for adapters, 90th percentile 21 and 18. Other software is checked, not fitted: torchtune's full steps on
 * an A100 took 0.81 to 1.04 of it, its compiled 16-bit adapters 0.39 to 0.73: hence the long fast side.
 */
const PARAMETERS: Readonly<Record<"full" | "lora" | "qlora", StepParameters>> = {
  full: { efficiency: 0.774, traffic: 15.7, launch: 0.00348, low: 0.8, high: 1.25 },
  lora: { efficiency: 0.592, traffic: 21.1, launch: 0.00548, low: 0.5, high: 1.2 },
  // The base is unpacked for every product: 2 % on an A100, 28 % on an RTX 4090.
  qlora: { efficiency: 0.52, traffic: 22, launch: 0.0065, low: 0.5, high: 1.3 },
};

/** How far measured steps of a method lie from this, for the notes of an estimate. */
export const STEP_ERRORS: Readonly<Record<FinetuneMethod, string>> = {
  full: "the student's full steps come from measured ones on an H100: median error 5 % there, more with other software",
  lora: "the student's adapter steps come from measured ones on an H100: median error 2 % there; compiled kernels took as little as 0.4 of it",
  qlora: "the student's steps over a quantized base were 2 % off on an A100 and 28 % on an RTX 4090",
};

/**
 * Bytes that an update reads and writes for one weight: its gradient, and twice the weight and both moments. 16 bits
 * throughout (14, as measured steps ran), 32-bit states beside 16-bit weights, moments in 8 bits. Derived.
 */
const OPTIMIZER_TRAFFIC = { "adamw-bf16": 14, adamw: 28, "adamw-8bit": 16 } as const;
/** What collectives reach of a link. */
const LINK_EFFICIENCY = 0.7;

/** FLOPs of one token: forward 2, backward 2 for the inputs and 2 for trained weights, forward again if recomputed. */
export function flopPerToken(run: StudentRun, attended: number): number {
  const { architecture: a, method, recompute } = run;
  const passes = (method === "full" ? 6 : 4) + (recompute ? 2 : 0);
  const attention = (recompute ? 4 : 3) * 2 * attended * a.headCount * a.headDim * a.layerCount;
  return passes * countDenseParameters(a).multiplied + attention;
}

/** Seconds of one pass over `microBatch` sequences: kernels that overlap their launches, or wait for them. */
function passSeconds(run: StudentRun, device: TrainingDevice): number {
  const { architecture: a, method } = run;
  const tokens = run.sequenceTokens * run.microBatch;
  const { efficiency, traffic, launch } = PARAMETERS[method];
  const again = run.recompute ? 1.5 : 1;
  const logits = run.fusedLoss ? 0 : 12 * a.vocabularySize;
  const bytes = tokens * (a.layerCount * layerActivationBytes(a, method) * again + logits);
  const compute = (tokens * flopPerToken(run, run.sequenceTokens)) / (device.peakBf16 * efficiency);
  const memory = (bytes * traffic) / device.memoryBandwidth;
  const waiting = a.layerCount * launch * (run.recompute ? 2 : 1.5);
  return ((compute + memory) ** 4 + waiting ** 4) ** 0.25;
}

/** The share of an update that one pass carries: an update follows the last pass of a step. */
function optimizerSeconds(run: StudentRun, device: TrainingDevice): number {
  if (run.method !== "full") return 0;
  const shards = run.sharded ? run.accelerators : 1;
  const { total } = countDenseParameters(run.architecture);
  const bytes = OPTIMIZER_TRAFFIC[run.optimizer] * total;
  return bytes / shards / device.memoryBandwidth / (run.passesPerStep ?? 1);
}

/** Bytes that one accelerator sends in a pass: parameters gathered twice and gradients reduced, or gradients alone. */
function linkSeconds(run: StudentRun, device: TrainingDevice, trained: number): number {
  const n = run.accelerators;
  if (n === 1) return 0;
  if (device.link === undefined) return Number.NaN;
  const share = (n - 1) / n;
  const parameters = countDenseParameters(run.architecture).total;
  const bytes = run.sharded
    ? (2 * 2 * parameters + (run.method === "full" ? 2 * parameters : 4 * trained)) * share
    : 2 * (run.method === "full" ? 2 * parameters : 4 * trained) * share;
  return bytes / (device.link * LINK_EFFICIENCY);
}

export interface StepTime {
  readonly tokensPerSecond: Ranged;
  readonly utilization: number;
}

/**
 * Tokens per second of the whole run, padding not counted as tokens.
 *
 *   pass = ((FLOPs / (peak × e) + bytes × traffic / bandwidth)^4 + (layers × launch)^4)^(1/4) + optimizer / passes a step
 *   with several accelerators: pass + half of what the link takes, between all of it hidden and none
 *
 * `filled`: share of a pass that holds tokens, 1 for packed sequences.
 *
 * Source   fathom-h100-students; torchtune-readme as a check
 * Returns  NaN where accelerators have no link that the catalog knows.
 */
export function trainingSpeed(
  run: StudentRun,
  device: TrainingDevice,
  trained: number,
  filled: number,
): StepTime {
  const { low, high } = PARAMETERS[run.method];
  const alone = passSeconds(run, device) + optimizerSeconds(run, device);
  const link = linkSeconds(run, device, trained);
  const pass = alone + link / 2;
  const tokens = run.sequenceTokens * run.microBatch * run.accelerators * filled;
  const flop =
    run.sequenceTokens * run.microBatch * flopPerToken({ ...run, recompute: false }, run.sequenceTokens);
  const fast = alone * low;
  const slow = alone * high + link * (run.accelerators > 8 ? 2 : 1);
  return {
    tokensPerSecond: {
      value: tokens / pass,
      low: tokens / slow,
      high: tokens / fast,
      basis: run.accelerators > 1 ? "extrapolated" : "calibrated",
    },
    utilization: flop / (pass * device.peakBf16),
  };
}

/** Of the catalog's accelerator; null where its 16-bit rate is not known. */
export function trainingDevice(accelerator: Accelerator, accelerators: number): TrainingDevice | null {
  const peak = accelerator.peakDense.bf16?.value;
  if (peak === undefined) return null;
  const { scaleUp, scaleOutPerAcceleratorOneWay, pcieOneWay } = accelerator;
  const near = scaleUp?.bandwidthPerAcceleratorOneWay.value ?? pcieOneWay?.value;
  const far = scaleOutPerAcceleratorOneWay?.value;
  const link = accelerators > (scaleUp?.domainSize.value ?? 8) ? far : near;
  return {
    peakBf16: peak,
    memoryBandwidth: accelerator.memoryBandwidth.value,
    ...(link === undefined ? {} : { link }),
  };
}

/** Bytes of the trained model in 16 bits. */
export const trainedBytes = (a: DenseArchitecture): number => 2 * countDenseParameters(a).total;
