/**
 * Decode steps for which prompts are gathered before a pass.
 *
 *   several ranks   E[min(T, W)],  P(T < t) = (1 - exp(-rate (t + pass) / ranks))^ranks
 *   one rank        min(W, most / rate - pass)
 *
 * until each attention rank has a prompt, or one rank as many as its token budget takes, at most the interval W;
 * those that came during the last pass are there already, and fall on ranks at random. Nothing is waited for where
 * a rank has nobody to decode: requests go to the emptiest rank, so that each of B over R has another with the
 * chance B / R - 1.
 */
export interface Gathering {
  /** Most steps. */
  readonly interval: number;
  readonly ranks: number;
  /** Prompts that the token budget lets into one pass. */
  readonly most: number;
}

/** Even parts of the interval that Simpson's rule takes. */
const PARTS = 8;

/** `batch` sequences decode; `perStep` prompts arrive during one step; the pass before lasted as long as `passSteps`. */
export function gatheringSteps(of: Gathering, batch: number, perStep: number, passSteps: number): number {
  const others = Math.min(1, Math.max(0, batch / of.ranks - 1));
  return 1 + others * (Math.max(1, gatheredAfter(of, perStep, passSteps)) - 1);
}

function gatheredAfter({ interval, ranks, most }: Gathering, perStep: number, passSteps: number): number {
  if (ranks <= 1) return Math.min(interval, most / perStep - passSteps);
  const missing = (t: number) => 1 - (-Math.expm1((-perStep * (t + passSteps)) / ranks)) ** ranks;
  let sum = missing(0) + missing(interval);
  for (let i = 1; i < PARTS; i++) sum += (i % 2 === 1 ? 4 : 2) * missing((interval * i) / PARTS);
  return (interval * sum) / (3 * PARTS);
}
