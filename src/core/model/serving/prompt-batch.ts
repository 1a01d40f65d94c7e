/**
 * Prompts that share a pass, as the load has it.
 *
 *   prompts = 1 / ((1 - u) h(rate * window) + u h(rate * pass)),   h(m) = (1 - exp(-m)) / m
 *
 * A prompt that arrives while the engine decodes shares its pass with those of the same look at the line,
 * one that arrives during a pass with those of that pass; where prompts are gathered after each pass, both
 * share one: 1 / h(rate * (window + pass)). h is the mean of 1 / (1 + a Poisson number): the
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
  const borne = costs.gathers
    ? shareOfPass(rate * (windowMs + passMs))
    : (1 - share) * shareOfPass(rate * windowMs) + share * shareOfPass(rate * passMs);
  return Math.min(costs.promptsPerPass, 1 / borne);
}

/** Other prompts that one expects in its pass: those of the same look at the line, or that came during the pass before. */
export function othersInPass(
  costs: ServingCosts,
  rate: number,
  windowMs: number,
  share: number,
  passMs: number,
): number {
  return rate * (costs.gathers ? windowMs + passMs : (1 - share) * windowMs + share * passMs);
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
 * `lookSteps` between two looks; `share` of time in passes; `othersDecode`: the chance that another request
 * decodes, without which nothing is waited for.
 */
export function stepsUntilOut(
  costs: ServingCosts,
  lookSteps: number,
  share: number,
  othersDecode: number,
): number {
  const look = costs.gathers ? lookSteps : (1 - share) * lookSteps;
  return othersDecode * (look / 2 + costs.delaySteps);
}

/** Steps of decoding between two looks at the line. */
export function stepsBetweenLooks(costs: ServingCosts): number {
  return Math.max(1, 2 * costs.waitSteps);
}
