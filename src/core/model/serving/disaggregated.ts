/**
 * Prefill instances feed decode instances.
 *
 *   mu   = nP / S                             requests that the prefill pool can take
 *   B    = rate * O * t(B / nD)               Little's law over the decode pool
 *   TTFT = T0 + P + hand-over + (S / nP) * u / (2 (1 - u)) + n * TPOT,  u = rate / mu
 *
 * Above 0.98 mu the prefill pool is saturated and the clients that do not decode queue before it.
 */
import type { Load, OperatingPoint, ServingCosts } from "./operating-point.ts";
import { stepsUntilOut } from "./prompt-batch.ts";
import { risingRoot } from "./root.ts";
import { SATURATED_SHARE } from "./serving-parameters.ts";

export interface Pools {
  readonly prefillInstances: number;
  readonly decodeInstances: number;
}

interface State {
  readonly rate: number;
  readonly tokenMs: number;
  readonly ttftMs: number;
}

function stateAt(costs: ServingCosts, pools: Pools, batch: number, outputTokens: number): State {
  const stepMs = costs.stepMs(batch / pools.decodeInstances);
  const tokenMs = stepMs / costs.tokensPerStep;
  const ceiling = (SATURATED_SHARE * pools.prefillInstances) / costs.prefillMachineMs;
  const rate = Math.min(batch / (outputTokens * tokenMs), ceiling);
  return { rate, tokenMs, ttftMs: serviceTtft(costs, pools, rate, stepMs) };
}

function serviceTtft(costs: ServingCosts, pools: Pools, rate: number, stepMs: number): number {
  const each = costs.prefillMachineMs / pools.prefillInstances;
  const share = rate * each;
  const wait = (each * share) / (2 * (1 - share));
  return costs.requestMs + costs.prefillAloneMs + wait + stepsUntilOut(costs, 0, 1, true) * stepMs;
}

/** Where a disaggregated service settles. Per whole service; `decodeBatch` of one decode instance. */
export function settleDisaggregated(costs: ServingCosts, pools: Pools, load: Load): OperatingPoint {
  const { outputTokens } = load;
  const ceiling = (SATURATED_SHARE * pools.prefillInstances) / costs.prefillMachineMs;
  const allSlots = costs.slots * pools.decodeInstances;
  const clients = load.clients ?? Number.POSITIVE_INFINITY;
  const wanted = load.rate === undefined ? ceiling : Math.min(load.rate, ceiling);
  const keepsUp = (batch: number) =>
    batch - (wanted * outputTokens * costs.stepMs(batch / pools.decodeInstances)) / costs.tokensPerStep;
  const most = Math.min(allSlots, clients, 1e6);
  const atRate = risingRoot(keepsUp, 1e-6, most);
  const closed =
    load.rate === undefined
      ? risingRoot(
          (batch) => {
            const s = stateAt(costs, pools, batch, outputTokens);
            return s.rate * s.ttftMs + batch - clients;
          },
          1e-6,
          most,
        )
      : atRate;
  const batch = Math.min(atRate, closed);
  return settle(costs, pools, load, batch, most, closed > atRate * (1 + 1e-6), allSlots);
}

function settle(
  costs: ServingCosts,
  pools: Pools,
  load: Load,
  batch: number,
  most: number,
  prefillBinds: boolean,
  allSlots: number,
): OperatingPoint {
  const s = stateAt(costs, pools, batch, load.outputTokens);
  const left = load.clients === undefined ? 0 : (load.clients - batch) / s.rate - s.ttftMs;
  const slotsBind = batch >= most * (1 - 1e-9) && allSlots < (load.clients ?? Number.POSITIVE_INFINITY);
  const tooMuch = load.rate !== undefined && load.rate > s.rate * (1 + 1e-6);
  const saturated = tooMuch ? "rate" : prefillBinds ? "prefill" : slotsBind ? "slots" : "no";
  const queueMs = saturated === "prefill" || saturated === "slots" ? Math.max(0, left) : 0;
  return {
    rate: s.rate,
    ttftMs: s.ttftMs + queueMs,
    queueMs,
    tpotMs: s.tokenMs,
    pureTpotMs: s.tokenMs,
    decodeBatch: batch / pools.decodeInstances,
    prefillShare: 0,
    othersDecode: 1,
    promptsPerPass: 1,
    saturated,
  };
}
