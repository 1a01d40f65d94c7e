/**
 * Instances that only prefill, under arrivals: a pass takes what came during the one before.
 *
 *   n    = 1 / ((1 - b) + b h(rate * P)),  h(m) = (1 - exp(-m)) / m      prompts that share a pass of P(n)
 *   b    = u^(sqrt(2 (c + 1)) - 1),  u = rate * P / n                    chance that all c instances are busy
 *   wait = b P / (2 c (1 - rate * S))                                    for one of them
 *
 * A prompt goes to the emptiest instance, but to a rank by chance: SGLang's follows from the random number of the
 * transfer's room (data_parallel_controller.py, follow_bootstrap_room), TensorRT-LLM's from all that is not handed over yet.
 *
 * Source   M/D/1 where one instance takes one prompt a pass; the power is Sakasegawa's for several servers, "An
 *          approximation formula Lq = alpha rho^beta / (1 - rho)", 1977.
 * Held     against the simulation: docs/simulation.md.
 */
import type { ServingCosts } from "./operating-point.ts";
import { shareOfPass } from "./prompt-batch.ts";
import { spreadPassMs } from "./rank-spread.ts";
import { fixedPoint } from "./root.ts";
import { SATURATED_SHARE } from "./serving-parameters.ts";

export interface PoolState {
  /** Of the pass that a prompt is in. */
  readonly passMs: number;
  readonly waitMs: number;
  /** Prompts that share a pass. */
  readonly prompts: number;
  /** Chance that a prompt finds every instance busy. */
  readonly busy: number;
}

const ROUNDS = 12;
const PRECISION = 1e-6;

/** `rate` of prompts per ms over `instances` together. */
export function prefillPool(costs: ServingCosts, instances: number, rate: number): PoolState {
  const each = rate / instances;
  const power = Math.sqrt(2 * (instances + 1)) - 1;
  let passMs = 0;
  let busy = 0;
  const next = (prompts: number): number => {
    passMs = spreadPassMs(costs.passMs, costs.attentionRanks, prompts);
    busy = Math.min(1, (each * passMs) / prompts) ** power;
    return Math.min(costs.promptsPerPass, 1 / (1 - busy + busy * shareOfPass(each * passMs)));
  };
  const prompts = fixedPoint(next, 1, 1, costs.promptsPerPass, PRECISION, ROUNDS);
  const full = Math.min(SATURATED_SHARE, each * costs.prefillMachineMs);
  return { passMs, waitMs: (busy * passMs) / (2 * instances * (1 - full)), prompts, busy };
}
