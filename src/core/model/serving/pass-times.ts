/** Times of passes over some prompts, asked of the step model at a few counts and read between them. */
import type { StepModel } from "../../domain/step-model.ts";

/** Counts that a pass is asked for: two an octave. */
const KNOTS_PER_OCTAVE = 2;

/**
 * ms of one pass over a number of prompts, that need not be whole; the step model is asked at the knots
 * around it, once each. Straight lines between, exact at one prompt and at `most`.
 */
export function passTimes(
  model: StepModel,
  newTokens: number,
  cachedTokens: number,
  most: number,
): (prompts: number) => number {
  const knots: number[] = [];
  const known: number[] = [];
  const count = Math.max(1, Math.ceil(KNOTS_PER_OCTAVE * Math.log2(Math.max(1, most))) + 1);
  const at = (i: number) => (i >= count - 1 ? most : 2 ** (i / KNOTS_PER_OCTAVE));
  const ms = (i: number) => (known[i] ??= model.prefillMs((knots[i] ??= at(i)), newTokens, cachedTokens));
  return (prompts) => {
    const n = Math.min(most, Math.max(1, prompts));
    if (count === 1 || n === 1) return ms(0);
    const i = Math.min(count - 2, Math.floor(KNOTS_PER_OCTAVE * Math.log2(n) + 1e-12));
    const below = ms(i);
    const low = knots[i] as number;
    const above = ms(i + 1);
    const high = knots[i + 1] as number;
    return high > low ? below + ((above - below) * (n - low)) / (high - low) : below;
  };
}
