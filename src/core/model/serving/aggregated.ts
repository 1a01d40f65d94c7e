/**
 * One replica that prefills and decodes by turns.
 *
 *   rate = 1 / (S(n) + O t(B) / B)            a prompt's time and a share of O steps; n prompts a pass: prompt-batch.ts
 *   TPOT = t(B) (1 + x),  x = S others / t    decoding stands still while others prefill
 *   TTFT = T0 + P(1 + others) + (1 - u) * wait * step + u * P(n) / (2 (1 - full)) + queue
 *   rate * (TTFT + O TPOT) = clients          Little's law
 *
 * B sequences share a step, so that B alone is unknown. In a closed loop B - 1 others prefill during an answer; of
 * arrivals at a rate, those of rate * O * TPOT. A request that finds nobody decoding waits for nothing but its own pass.
 */
import { gatheringSteps } from "./gathering.ts";
import type { Load, OperatingPoint, ServingCosts } from "./operating-point.ts";
import {
  displacedMs,
  othersInPass,
  promptsOfPass,
  stepsBetweenLooks,
  stepsUntilOut,
} from "./prompt-batch.ts";
import { spreadPassMs } from "./rank-spread.ts";
import { fixedPoint, risingRoot, risingRootFrom } from "./root.ts";

interface State {
  readonly batch: number;
  readonly rate: number;
  readonly share: number;
  readonly othersDecode: number;
  readonly stepMs: number;
  readonly tokenMs: number;
  readonly tpotMs: number;
  readonly passMs: number;
  readonly ttftMs: number;
  readonly prompts: number;
  readonly lookSteps: number;
}

/** Rounds that settle the prompts of a pass, and how far: throughput is not to waver with the load. */
const PROMPT_ROUNDS = 16;
const PROMPT_PRECISION = 1e-9;
/** Passes above this share of a replica's time are saturation. */
export const FULLEST = 0.98;
/** Of the clients inside. */
const CLIENT_PRECISION = 1e-9;
/** Of the logarithm of a rate: shares of time are told to nine digits. */
const RATE_PRECISION = 1e-11;

/** Share of the prompts that interrupt an answer: in a closed loop a request's own is none of them. */
function othersShare(batch: number, closed: boolean): number {
  if (!closed) return 1;
  return batch <= 1 ? 0 : (batch - 1) / batch;
}

/** The replica with `batch` sequences in a step, as long as that is where it settles. */
function stateAt(
  costs: ServingCosts,
  batch: number,
  outputTokens: number,
  closed: boolean,
  start = 1,
): State {
  const others = othersShare(batch, closed);
  const stepMs = costs.stepMs(Math.max(1, batch));
  const tokenMs = stepMs / costs.tokensPerStep;
  const interval = stepsBetweenLooks(costs);
  const gathering = { interval, ranks: costs.attentionRanks, most: costs.promptsPerPass };
  let lookSteps = interval;
  let pass = 0;
  let x = 0;
  let rate = 0;
  const nextPrompts = (prompts: number): number => {
    pass = spreadPassMs(costs.passMs, costs.attentionRanks, prompts);
    const stoodStill = (displacedMs(costs, batch, prompts, pass, stepMs) * batch) / (outputTokens * tokenMs);
    x = stoodStill * others;
    rate = batch / (outputTokens * tokenMs * (1 + stoodStill));
    if (costs.gathers) lookSteps = gatheringSteps(gathering, batch, rate * stepMs, pass / stepMs);
    return promptsOfPass(costs, rate * others, lookSteps * stepMs, x / (1 + x), pass);
  };
  const prompts = fixedPoint(nextPrompts, start, 1, costs.promptsPerPass, PROMPT_PRECISION, PROMPT_ROUNDS);
  const share = x / (1 + x);
  // of two clients the other decodes for that share of time; among many somebody always does
  const othersDecode = Math.min(1, closed ? Math.max(0, batch - 1) : batch);
  const waits = stepsUntilOut(costs, lookSteps, share, othersDecode) * stepMs;
  const own = ownPassMs(costs, pass, othersInPass(costs, rate * others, lookSteps * stepMs, share, pass));
  const rider = costs.riderMs?.(batch, prompts) ?? 0;
  const ttftMs = costs.requestMs + own + rider + waits + restOfPassMs(costs, share, pass + rider, rate);
  const tpotMs = tokenMs * (1 + x);
  return {
    batch,
    rate,
    share,
    othersDecode,
    stepMs,
    tokenMs,
    tpotMs,
    passMs: pass,
    ttftMs,
    prompts,
    lookSteps,
  };
}

/**
 * The pass that a prompt is in holds all that it expects beside it; `pass` is the one that a prompt's share of
 * the machine is taken from. Over attention ranks both are as long as the fullest.
 */
function ownPassMs(costs: ServingCosts, pass: number, others: number): number {
  return costs.attentionRanks > 1 ? pass : costs.passMs(1 + others);
}

/** What is left of the pass that a prompt finds under way, and of those before it where the machine is full. */
function restOfPassMs(costs: ServingCosts, share: number, pass: number, rate: number): number {
  const full = Math.min(FULLEST, rate * costs.prefillMachineMs);
  return (share * pass) / (2 * (1 - full));
}

/** Slots taken: by those that decode and by those whose prompt is in a pass. */
const taken = (s: State, outputTokens: number): number => s.rate * (s.passMs + outputTokens * s.tpotMs);

/**
 * Where a closed loop of `clients` settles.
 *
 *   clients = B + rate (TTFT - a prompt's share of its pass)      so that B lies between 0 and clients
 *
 * Per      replica. Clients beyond the slots wait; their wait is part of TTFT.
 * Anchor   a hand-solved case: aggregated.test.ts.
 */
export function closedLoop(costs: ServingCosts, clients: number, outputTokens: number): OperatingPoint {
  const inside = (s: State) => s.rate * (s.ttftMs + outputTokens * s.tpotMs);
  const free = closedState(costs, outputTokens, inside, clients);
  if (taken(free, outputTokens) <= costs.slots * (1 + 1e-9)) return point(free, 0, "no");
  const s = closedState(costs, outputTokens, (state) => taken(state, outputTokens), costs.slots);
  return point(s, Math.max(0, clients / s.rate - s.ttftMs - outputTokens * s.tpotMs), "slots");
}

/** Of those decoding and some others `count` reaches `most`: the state in which it does. */
function closedState(
  costs: ServingCosts,
  outputTokens: number,
  count: (s: State) => number,
  most: number,
): State {
  let last = stateAt(costs, most, outputTokens, true);
  const excess = (batch: number) => {
    if (batch !== last.batch) last = stateAt(costs, batch, outputTokens, true, last.prompts);
    return count(last) - most;
  };
  risingRootFrom(excess, 0, -most, most, CLIENT_PRECISION * (1 + most));
  return last;
}

/**
 * Where arrivals at `rate` (requests per ms) settle; saturated when no batch keeps up with them.
 *
 * Per      replica. Saturated: the figures at full slots, without the queue that grows for ever.
 */
export function openLoop(costs: ServingCosts, rate: number, outputTokens: number): OperatingPoint {
  const ceiling = Number.isFinite(costs.slots) ? costs.slots : MOST_SEQUENCES;
  const stateOf = (log: number) => stateAt(costs, Math.exp(log), outputTokens, false);
  // in logarithms: the rate flattens towards what prefill leaves room for
  const excess = (log: number) => {
    const s = stateOf(log);
    return Math.max(Math.log(s.rate / rate), Math.log(taken(s, outputTokens) / ceiling));
  };
  const log = risingRoot(excess, Math.log(1e-6), Math.log(ceiling), RATE_PRECISION);
  const s = stateOf(log);
  const keepsUp = s.rate >= rate * (1 - 1e-4) && s.share < FULLEST;
  return point(s, 0, keepsUp ? "no" : "rate");
}

/** Beyond any batch that a step model is asked for. */
const MOST_SEQUENCES = 1e5;

function point(s: State, queueMs: number, saturated: OperatingPoint["saturated"]): OperatingPoint {
  return {
    rate: s.rate,
    ttftMs: s.ttftMs + queueMs,
    queueMs,
    tpotMs: s.tpotMs,
    pureTpotMs: s.tokenMs,
    decodeBatch: s.batch,
    prefillShare: s.share,
    othersDecode: s.othersDecode,
    promptsPerPass: s.prompts,
    lookSteps: s.lookSteps,
    saturated,
  };
}

export function settleAggregated(costs: ServingCosts, load: Load): OperatingPoint {
  return load.rate === undefined
    ? closedLoop(costs, load.clients ?? 1, load.outputTokens)
    : openLoop(costs, load.rate, load.outputTokens);
}
