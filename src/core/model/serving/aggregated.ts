/**
 * One replica that prefills and decodes by turns.
 *
 *   TPOT = t(B) / (1 - u)                     decoding stands still while others prefill
 *   u    = rate * S(n)                        share of time in prefill; n prompts a pass: prompt-batch.ts
 *   B    = rate * O * TPOT                    Little's law
 *   TTFT = T0 + P(n) + (1 - u) * wait * step + u * P(n) / (2 (1 - full)) + queue
 *
 * With x = S B / (O t) the share is u = x / (1 + x), so that B alone is unknown. A request that finds
 * nobody decoding waits for nothing but its own pass.
 */
import type { Load, OperatingPoint, ServingCosts } from "./operating-point.ts";
import { displacedMs, promptsOfPass, stepsBetweenLooks, stepsUntilOut } from "./prompt-batch.ts";
import { spreadPassMs } from "./rank-spread.ts";
import { risingRoot } from "./root.ts";

interface State {
  readonly rate: number;
  readonly share: number;
  readonly stepMs: number;
  readonly tokenMs: number;
  readonly tpotMs: number;
  readonly ttftMs: number;
  readonly prompts: number;
}

/** Rounds that settle the prompts of a pass; each halves what is left. */
const BATCH_ROUNDS = 8;
/** Passes above this share of a replica's time are saturation. */
export const FULLEST = 0.98;
/** Of the logarithm of a rate: shares of time are told to nine digits. */
const RATE_PRECISION = 1e-11;

/** Of others' prefills only: a client's own prompt does not interrupt its own answer. */
function othersShare(clients: number): number {
  return clients <= 1 ? 0 : (clients - 1) / clients;
}

/** The replica with `batch` sequences decoding, as long as that is where it settles. */
function stateAt(costs: ServingCosts, batch: number, outputTokens: number, others: number): State {
  const stepMs = costs.stepMs(batch);
  const tokenMs = stepMs / costs.tokensPerStep;
  const window = stepsBetweenLooks(costs) * stepMs;
  let prompts = 1;
  let x = 0;
  let rate = 0;
  for (let round = 0; round < BATCH_ROUNDS; round++) {
    const pass = spreadPassMs(costs.passMs, costs.attentionRanks, prompts);
    x = (displacedMs(costs, batch, prompts, pass, stepMs) * others * batch) / (outputTokens * tokenMs);
    rate = batch / (outputTokens * tokenMs * (1 + x));
    const next = promptsOfPass(costs, rate * others, window, x / (1 + x), pass);
    if (Math.abs(next - prompts) < 1e-3 * prompts) break;
    prompts = (prompts + next) / 2;
  }
  const share = x / (1 + x);
  const ttftMs = serviceTtft(costs, stepMs, share, prompts, rate);
  return { rate, share, stepMs, tokenMs, tpotMs: tokenMs * (1 + x), ttftMs, prompts };
}

function serviceTtft(
  costs: ServingCosts,
  stepMs: number,
  share: number,
  prompts: number,
  rate: number,
): number {
  const pass = spreadPassMs(costs.passMs, costs.attentionRanks, prompts);
  const seen = costs.requestMs + pass;
  if (share === 0) return seen;
  const full = Math.min(FULLEST, rate * costs.prefillMachineMs);
  return seen + stepsUntilOut(costs, share, false) * stepMs + (share * pass) / (2 * (1 - full));
}

/**
 * Where a closed loop of `clients` settles.
 *
 * Per      replica. Clients beyond the slots wait; their wait is part of TTFT.
 * Anchor   a hand-solved case: aggregated.test.ts.
 */
export function closedLoop(costs: ServingCosts, clients: number, outputTokens: number): OperatingPoint {
  const others = othersShare(clients);
  const inside = (batch: number) => {
    const s = stateAt(costs, batch, outputTokens, others);
    return s.rate * s.ttftMs + batch - clients;
  };
  const unlimited = risingRoot(inside, 1e-6, clients);
  const slots = Math.min(costs.slots, clients);
  const batch = Math.min(unlimited, slots);
  const s = stateAt(costs, batch, outputTokens, others);
  const queueMs = Math.max(0, (clients - batch) / s.rate - s.ttftMs);
  const full = unlimited > slots * (1 + 1e-9);
  return point(s, batch, full ? queueMs : 0, full ? "slots" : "no");
}

/**
 * Where arrivals at `rate` (requests per ms) settle; saturated when no batch keeps up with them.
 *
 * Per      replica. Saturated: the figures at full slots, without the queue that grows for ever.
 */
export function openLoop(costs: ServingCosts, rate: number, outputTokens: number): OperatingPoint {
  // in logarithms: the rate flattens towards what prefill leaves room for
  const excess = (log: number) => Math.log(stateAt(costs, Math.exp(log), outputTokens, 1).rate / rate);
  const ceiling = Number.isFinite(costs.slots) ? costs.slots : MOST_SEQUENCES;
  const batch = Math.exp(risingRoot(excess, Math.log(1e-6), Math.log(ceiling), RATE_PRECISION));
  const s = stateAt(costs, batch, outputTokens, 1);
  const keepsUp = s.rate >= rate * (1 - 1e-4) && s.share < FULLEST;
  return point(s, batch, 0, keepsUp ? "no" : "rate");
}

/** Beyond any batch that a step model is asked for. */
const MOST_SEQUENCES = 1e5;

function point(
  s: State,
  decodeBatch: number,
  queueMs: number,
  saturated: OperatingPoint["saturated"],
): OperatingPoint {
  return {
    rate: s.rate,
    ttftMs: s.ttftMs + queueMs,
    queueMs,
    tpotMs: s.tpotMs,
    pureTpotMs: s.tokenMs,
    decodeBatch,
    prefillShare: s.share,
    promptsPerPass: s.prompts,
    saturated,
  };
}

export function settleAggregated(costs: ServingCosts, load: Load): OperatingPoint {
  return load.rate === undefined
    ? closedLoop(costs, load.clients ?? 1, load.outputTokens)
    : openLoop(costs, load.rate, load.outputTokens);
}
