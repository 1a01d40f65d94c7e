/**
 * A closed-loop benchmark starts all clients at once, and answers of like lengths keep them together: each
 * round of requests arrives within a part of an answer's time that grows as the root of the rounds.
 *
 *   round 0    every prompt queues behind half of the others'
 *   round k    width_k = root(width_{k-1}^2 + (spread * O * t)^2): the closer together, the more share a pass
 *
 * Steady traffic has no such rounds: a plan is not told this. One replica stands still while it prefills, so
 * arrivals of a round come no faster than prompts are served; a prefill pool can fall behind.
 */
import type { OperatingPoint, ServingCosts } from "../model/serving/operating-point.ts";
import { prefillPool } from "../model/serving/prefill-pool.ts";
import { shareOfPass } from "../model/serving/prompt-batch.ts";

/** Lengths even from 0.8 to 1 of nominal: the full width over the mean. */
const LENGTH_WIDTH = 0.2 / 0.9;
/** A queue that starts empty and gets as much work as it can do holds about this share of the root of its arrivals. */
const TRANSIENT_QUEUE = 0.4;
const MOST_ROUNDS = 40;

export interface Benchmark {
  readonly clients: number;
  /** Requests of each client. */
  readonly rounds: number;
  readonly outputTokens: number;
  readonly pools: { readonly prefillReplicas: number; readonly decodeReplicas: number } | null;
}

/** Mean time to first token over all rounds, ms. */
export function benchmarkWaves(costs: ServingCosts, point: OperatingPoint, run: Benchmark): number {
  const rounds = Math.max(1, Math.min(MOST_ROUNDS, Math.round(run.rounds)));
  const round = run.pools === null ? aggregatedRound : poolRound;
  const answerMs = run.outputTokens * point.pureTpotMs;
  let width = 0;
  let sum = 0;
  for (let k = 0; k < rounds; k++) {
    sum += round(costs, point, run, k, Math.min(answerMs, width));
    const least = run.pools === null ? 0 : drainMs(costs, run);
    width = Math.hypot(Math.max(width, least), LENGTH_WIDTH * answerMs);
  }
  return sum / rounds;
}

/** Time that the prompts of all clients keep the prefill instances busy. */
function drainMs(costs: ServingCosts, { clients, pools }: Benchmark): number {
  return (clients * costs.prefillMachineMs) / (pools?.prefillReplicas ?? 1);
}

function aggregatedRound(
  costs: ServingCosts,
  point: OperatingPoint,
  { clients }: Benchmark,
  k: number,
  widthMs: number,
): number {
  if (k === 0) return costs.requestMs + togetherMs(costs, clients);
  const stepMs = point.pureTpotMs * costs.tokensPerStep;
  const others = ((clients - 1) / widthMs) * (point.lookSteps + 1) * stepMs;
  const waiting = 1 / shareOfPass(others);
  const prompts = Math.min(costs.promptsPerPass, waiting);
  const pass = costs.passMs(prompts) + (costs.riderMs?.(point.decodeBatch, prompts) ?? 0);
  const behind = ((waiting / prompts - 1) / 2) * pass;
  const full = Math.min(0.9, point.prefillShare);
  const steps = point.lookSteps / 2 + costs.delaySteps;
  return costs.requestMs + pass + behind + steps * stepMs + (point.prefillShare * pass) / (2 * (1 - full));
}

function poolRound(
  costs: ServingCosts,
  point: OperatingPoint,
  run: Benchmark,
  k: number,
  widthMs: number,
): number {
  const out = costs.requestMs + costs.delaySteps * point.pureTpotMs * costs.tokensPerStep;
  const instances = run.pools?.prefillReplicas ?? 1;
  if (k === 0) return out + togetherMs(costs, run.clients / instances);
  const each = costs.prefillMachineMs / instances;
  const { passMs, waitMs } = prefillPool(costs, instances, run.clients / Math.max(widthMs, 1e-9));
  return out + passMs + Math.min(waitMs, TRANSIENT_QUEUE * each * Math.sqrt(run.clients));
}

/** Mean time until the pass of one of so many prompts that come at once is over. */
function togetherMs(costs: ServingCosts, prompts: number): number {
  const together = Math.max(1, Math.min(costs.promptsPerPass, prompts));
  return ((prompts / together + 1) / 2) * costs.passMs(together);
}
