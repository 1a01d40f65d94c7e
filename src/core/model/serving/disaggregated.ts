/**
 * Prefill instances feed decode instances.
 *
 *   mu   = nP / S                             requests that the prefill pool can take
 *   B    = rate * O * t(B / nD)               Little's law over the decode pool
 *   TTFT = T0 + P + hand-over + wait + n * TPOT      P and wait: prefill-pool.ts
 *
 * Above 0.98 mu the prefill pool is saturated and the clients that do not decode queue before it.
 */
import type { Load, OperatingPoint, ServingCosts } from "./operating-point.ts";
import { prefillPool } from "./prefill-pool.ts";
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
  readonly prompts: number;
}

function stateAt(costs: ServingCosts, pools: Pools, batch: number, outputTokens: number): State {
  const stepMs = costs.stepMs(batch / pools.decodeInstances);
  const tokenMs = stepMs / costs.tokensPerStep;
  const ceiling = (SATURATED_SHARE * pools.prefillInstances) / costs.prefillMachineMs;
  const rate = Math.min(batch / (outputTokens * tokenMs), ceiling);
  const pool = prefillPool(costs, pools.prefillInstances, rate);
  const ttftMs = costs.requestMs + pool.passMs + pool.waitMs + stepsUntilOut(costs, 0, 0, 1) * stepMs;
  return { rate, tokenMs, ttftMs, prompts: pool.prompts };
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
    promptsPerPass: s.prompts,
    lookSteps: 0,
    saturated,
  };
}
