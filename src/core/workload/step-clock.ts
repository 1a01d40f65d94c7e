/** How long passes take, from a step model, for batches whose requests differ. */
import type { StepModel } from "../domain/step-model.ts";

/** Contexts at which the model is asked; lines between. Eight an octave: attention's curve bends little. */
const KNOTS_PER_OCTAVE = 8;
const KNOT_COUNT = 26 * KNOTS_PER_OCTAVE;

/** Prompt tokens that ranks take together in one pass. */
export interface PromptLoad {
  /** Of all ranks. */
  requests: number;
  tokens: number;
  /** Sum of squares of the tokens that each prompt adds. */
  squares: number;
  /** Sum over prompts of added tokens times tokens that stood in the cache before. */
  cachedProducts: number;
  /** Of the rank that takes most. */
  largestTokens: number;
  largestRequests: number;
}

export function emptyPromptLoad(): PromptLoad {
  return {
    requests: 0,
    tokens: 0,
    squares: 0,
    cachedProducts: 0,
    largestTokens: 0,
    largestRequests: 0,
  };
}

export class StepClock {
  private readonly model: StepModel;
  private readonly ranks: number;
  private readonly decodeKnots = new Map<number, Float64Array>();

  constructor(model: StepModel, ranks: number) {
    this.model = model;
    this.ranks = ranks;
  }

  /** One decode step of `batch` sequences at a mean context. */
  decodeMs(batch: number, contextTokens: number): number {
    const at = Math.log2(Math.max(1, contextTokens)) * KNOTS_PER_OCTAVE;
    const i = Math.min(KNOT_COUNT - 2, Math.floor(at));
    const low = knotContext(i);
    const share = (Math.max(1, contextTokens) - low) / (knotContext(i + 1) - low);
    const below = this.knotMs(batch, i);
    return below + share * (this.knotMs(batch, i + 1) - below);
  }

  private knotMs(batch: number, knot: number): number {
    let knots = this.decodeKnots.get(batch);
    if (knots === undefined) {
      knots = new Float64Array(KNOT_COUNT).fill(-1);
      this.decodeKnots.set(batch, knots);
    }
    const known = knots[knot] as number;
    if (known >= 0) return known;
    const ms = sound(this.model.decodeMs(batch, knotContext(knot)));
    knots[knot] = ms;
    return ms;
  }

  /** `steps` decode steps while the mean context grows by `growth` a step: the middle step, that many times. */
  decodeRunMs(steps: number, batch: number, contextTokens: number, growth: number): number {
    return steps * this.decodeMs(batch, contextTokens + ((steps - 1) * growth) / 2);
  }

  /** Least number of steps, up to `most`, that last `ms`. */
  decodeStepsUntil(ms: number, most: number, batch: number, contextTokens: number, growth: number): number {
    const whole = this.decodeRunMs(most, batch, contextTokens, growth);
    if (whole <= ms) return most;
    let steps = Math.min(most, Math.max(1, Math.ceil((most * ms) / whole)));
    while (steps < most && this.decodeRunMs(steps, batch, contextTokens, growth) < ms) steps++;
    while (steps > 1 && this.decodeRunMs(steps - 1, batch, contextTokens, growth) >= ms) steps--;
    return steps;
  }

  /**
   * One pass over prompts of different lengths.
   *
   *   n = T^2 / sum L^2,  L = T / n,  c = sum(L c) / T
   *
   * keeps the tokens T and the sum of squares, so that both the linear layers and attention see the
   * right work. With attention ranks, where no rank has two prompts, the fullest rank's tokens are the
   * length and T over them the requests; else every rank is taken to be as full as the fullest.
   */
  prefillMs(load: PromptLoad): number {
    const { tokens } = load;
    if (tokens === 0) return 0;
    const cached = load.cachedProducts / tokens;
    if (this.ranks > 1 && load.largestRequests <= 1) {
      return sound(this.model.prefillMs(tokens / load.largestTokens, load.largestTokens, cached));
    }
    const requests = (tokens * tokens) / load.squares;
    const full = this.ranks > 1 ? (load.largestTokens * this.ranks) / tokens : 1;
    return sound(this.model.prefillMs(requests * full, tokens / requests, cached));
  }

  /**
   * A pass with prompt tokens and one step of decoding sequences: the decoding rows ride in the
   * prompts' linear layers, and on the same rank their attention comes on top.
   *
   *   max(decode, prefill, prefill (T + rows) / T + decode(context) - decode(1)),  at most decode + prefill
   */
  mixedMs(load: PromptLoad, batch: number, contextTokens: number, rows: number, sameRank: boolean): number {
    const prefill = this.prefillMs(load);
    const decode = this.decodeMs(batch, contextTokens);
    const attention = sameRank ? decode - this.decodeMs(batch, 1) : 0;
    const together = prefill * (1 + rows / load.tokens) + attention;
    return Math.min(decode + prefill, Math.max(decode, prefill, together));
  }
}

function knotContext(knot: number): number {
  return 2 ** (knot / KNOTS_PER_OCTAVE);
}

/** A step model that answers nonsense would turn into a wrong answer far from its cause. */
function sound(ms: number): number {
  if (!(ms >= 0) || ms === Number.POSITIVE_INFINITY) {
    throw new RangeError(`the step model answered ${ms} ms`);
  }
  return ms;
}
