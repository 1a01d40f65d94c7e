/**
 * One replica that prefills and decodes by turns.
 *
 *   TPOT = t(B) / (1 - u)                     decoding stands still while others prefill
 *   u    = rate * S                           share of time in prefill
 *   B    = rate * O * TPOT                    Little's law
 *   TTFT = T0 + P + t/2 + S * u / (2 (1 - u)) + n * TPOT + queue
 *
 * With x = S B / (O t) the share is u = x / (1 + x), so that B alone is unknown.
 */
import type { Load, OperatingPoint, ServingCosts } from "./operating-point.ts";
import { risingRoot } from "./root.ts";

interface State {
  readonly rate: number;
  readonly share: number;
  readonly tokenMs: number;
  readonly tpotMs: number;
  readonly ttftMs: number;
}

/** Of others' prefills only: a client's own prompt does not interrupt its own answer. */
function othersShare(clients: number): number {
  return clients <= 1 ? 0 : (clients - 1) / clients;
}

function stateAt(costs: ServingCosts, batch: number, outputTokens: number, others: number): State {
  const tokenMs = costs.tokenMs(batch);
  const machine = costs.prefillMachineMs * others;
  const x = (machine * batch) / (outputTokens * tokenMs);
  const share = x / (1 + x);
  const tpotMs = tokenMs * (1 + x);
  const rate = batch / (outputTokens * tpotMs);
  return { rate, share, tokenMs, tpotMs, ttftMs: serviceTtft(costs, tokenMs, tpotMs, share) };
}

function serviceTtft(costs: ServingCosts, tokenMs: number, tpotMs: number, share: number): number {
  const wait = share > 0 ? (costs.prefillMachineMs * share) / (2 * (1 - share)) + tokenMs / 2 : 0;
  return costs.requestMs + costs.prefillAloneMs + wait + costs.waitSteps * tpotMs;
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
  const share = rate * costs.prefillMachineMs;
  const excess = (batch: number) => batch - (rate * outputTokens * costs.tokenMs(batch)) / (1 - share);
  const stable = share < 0.98 && Number.isFinite(costs.slots) ? excess(costs.slots) >= 0 : share < 0.98;
  const ceiling = Number.isFinite(costs.slots) ? costs.slots : 1e5;
  if (!stable || excess(ceiling) < 0) {
    const s = stateAt(costs, ceiling, outputTokens, 1);
    return point(s, ceiling, 0, "rate");
  }
  const batch = risingRoot(excess, 1e-6, ceiling);
  const tokenMs = costs.tokenMs(batch);
  const tpotMs = tokenMs / (1 - share);
  const ttftMs = serviceTtft(costs, tokenMs, tpotMs, share);
  return point({ rate, share, tokenMs, tpotMs, ttftMs }, batch, 0, "no");
}

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
    saturated,
  };
}

export function settleAggregated(costs: ServingCosts, load: Load): OperatingPoint {
  return load.rate === undefined
    ? closedLoop(costs, load.clients ?? 1, load.outputTokens)
    : openLoop(costs, load.rate, load.outputTokens);
}
