/** From the step's parts to rates, hours and what limits them. */
import type { StepPart, TrainingPerformance } from "../../domain/finetune-estimate.ts";
import type { FinetunePlan } from "../../domain/finetune-plan.ts";
import { acceleratorsOf } from "../../domain/plan.ts";
import type { Ranged } from "../../domain/provenance.ts";
import { passesOf, stepTime, type StepTimeFacts } from "./step-time.ts";

export function performanceOf(plan: FinetunePlan, facts: StepTimeFacts): TrainingPerformance {
  const { parts, low, high, basis, modelFlop } = stepTime(plan, facts);
  const seconds = parts.reduce((sum, part) => sum + part.seconds, 0);
  const tokensPerStep = plan.training.globalBatch * plan.training.sequenceTokens;
  const steps = Math.ceil((plan.data.tokens * plan.data.epochs) / tokensPerStep);
  const accelerators = acceleratorsOf(plan.cluster);
  const peak = facts.accelerator.peakDense.bf16?.value ?? Number.NaN;
  const direct = (scale: number): Ranged => ({
    value: seconds * scale,
    low: seconds * low * scale,
    high: seconds * high * scale,
    basis,
  });
  const inverse = (scale: number): Ranged => ({
    value: scale / seconds,
    low: scale / (seconds * high),
    high: scale / (seconds * low),
    basis,
  });
  return {
    stepSeconds: direct(1),
    tokensPerSecond: inverse(tokensPerStep),
    tokensPerSecondPerAccelerator: inverse(tokensPerStep / accelerators),
    mfu: inverse(modelFlop / (peak * accelerators)),
    steps,
    tokensPerStep,
    trainHours: direct(steps / 3600),
    parts,
    limitedBy: limitOf(parts, seconds),
  };
}

/**
 * A look at held-out data: forward passes alone.
 *
 *   tokens / training's tokens a second × forward / (forward + backward + recomputed)
 *
 * Leaves   the pipeline's bubble and the update as they are in training; no published run tells this time
 */
export function evaluationHours(plan: FinetunePlan, performance: TrainingPerformance): Ranged | null {
  const { data } = plan;
  if (data.evaluationTokens === undefined) return null;
  const tokens = data.evaluationTokens * (data.evaluations ?? 1);
  const { forward, backward, recompute } = passesOf(plan);
  const share = forward / (forward + backward + recompute);
  const { value, low, high } = performance.tokensPerSecond;
  const hours = (rate: number) => (tokens * share) / rate / 3600;
  return { value: hours(value), low: hours(high), high: hours(low), basis: "extrapolated" };
}

const REASONS: Readonly<Record<StepPart["bound"], string>> = {
  compute: "products of matrices set the pace",
  bandwidth: "memory bandwidth sets the pace",
  network: "links between accelerators set the pace",
  latency: "waiting between parts sets the pace",
  host: "the host sets the pace",
};

function limitOf(parts: readonly StepPart[], seconds: number): TrainingPerformance["limitedBy"] {
  const largest = parts.reduce<StepPart | undefined>(
    (best, part) => (best === undefined || part.seconds > best.seconds ? part : best),
    undefined,
  );
  if (!largest) return { resource: "nothing", share: 0, reason: "the step does nothing" };
  return { resource: largest.name, share: largest.seconds / seconds, reason: REASONS[largest.bound] };
}
