/**
 * Prompts that share a pass, as the load has it.
 *
 *   prompts = 1 / ((1 - u) h(rate * window) + u h(rate * pass)),   h(m) = (1 - exp(-m)) / m
 *
 * A prompt that arrives while the engine decodes shares its pass with those of the same look at the line,
 * one that arrives during a pass with those of that pass. h is the mean of 1 / (1 + a Poisson number): the
 * share of a pass's fixed cost that one prompt bears. Held against the simulation: docs/simulation.md.
 */
import type { OperatingPoint, ServingCosts } from "./operating-point.ts";

/** Mean share of a pass that a prompt bears when `others` more are expected in it. */
export function shareOfPass(others: number): number {
  return others < 1e-9 ? 1 : -Math.expm1(-others) / others;
}

/** Prompts a pass; `rate` of other prompts per ms, `windowMs` of decoding between two looks, `share` of time in passes. */
export function promptsOfPass(
  costs: ServingCosts,
  rate: number,
  windowMs: number,
  share: number,
  passMs: number,
): number {
  const share1 = (1 - share) * shareOfPass(rate * windowMs) + share * shareOfPass(rate * passMs);
  return Math.min(costs.promptsPerPass, 1 / share1);
}

/**
 * Time that one prompt keeps others from decoding.
 *
 * Under attention ranks those without a prompt make one step during the `pass`; a mixed pass carries a step
 * of all.
 */
export function displacedMs(
  costs: ServingCosts,
  batch: number,
  prompts: number,
  pass: number,
  stepMs: number,
): number {
  if (costs.riderMs !== undefined) {
    return Math.max(0, pass + costs.riderMs(batch, prompts) - stepMs) / prompts;
  }
  if (costs.attentionRanks <= 1) return pass / prompts;
  const idle = 1 - Math.min(1, prompts / costs.attentionRanks);
  return Math.max(0, pass - idle * stepMs) / prompts;
}

/** ms between a finished prompt and its first token at the client, at the load of `point`; none where nobody decodes. */
export function outMs(costs: ServingCosts, point: OperatingPoint): number {
  return point.othersDecode * costs.delaySteps * costs.stepMs(point.decodeBatch);
}

/**
 * Decode steps that a first token waits for: a look at the line, then its way out.
 *
 * `share` of time in passes; `othersDecode`: the chance that another request decodes, without which nothing is waited for.
 */
export function stepsUntilOut(
  costs: ServingCosts,
  share: number,
  othersDecode: number,
  pools: boolean,
): number {
  const look = pools ? 0 : ((1 - share) * stepsBetweenLooks(costs)) / 2;
  return othersDecode * (look + costs.delaySteps);
}

/** Steps of decoding between two looks at the line. */
export function stepsBetweenLooks(costs: ServingCosts): number {
  return Math.max(1, 2 * costs.waitSteps);
}
