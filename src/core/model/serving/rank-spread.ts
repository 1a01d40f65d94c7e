/**
 * How prompts of one pass lie over attention ranks.
 *
 * A client's next request goes to the rank that its last one left, so that the prompts of a pass fall on
 * ranks at random: a pass lasts as long as its fullest rank.
 */

/** A sum of this many terms is exact to more digits than are shown. */
const MOST_TERMS = 60;

/** The chance that no rank has two, and the mean of the fullest rank where one has. */
interface RankSpread {
  readonly single: number;
  readonly fullest: number;
}

/**
 * A prompt and those that share its pass over `ranks`, each rank's further number Poisson with F:
 *
 *   E[max] = sum over k >= 0 of 1 - F(k)^(ranks - 1) F(k - 1)
 */
function rankSpread(prompts: number, ranks: number): RankSpread {
  const mean = sharedBy(prompts) / ranks;
  let term = Math.exp(-mean);
  let before = 0;
  let upTo = term;
  let single = 1;
  let expected = 0;
  for (let k = 0; k < MOST_TERMS; k++) {
    const within = Math.min(1, upTo) ** (ranks - 1) * Math.min(1, before);
    if (k === 1) single = within;
    expected += 1 - within;
    if (k > 1 && 1 - within < 1e-6) break;
    term *= mean / (k + 1);
    before = upTo;
    upTo += term;
  }
  return { single, fullest: single > 0.999 ? 1 : Math.max(2, (expected - single) / (1 - single)) };
}

/** Others that a prompt expects in its pass where it bears 1 / prompts of it: m of prompts = m / (1 - exp(-m)). */
function sharedBy(prompts: number): number {
  if (prompts <= 1) return 0;
  let others = prompts;
  for (let round = 0; round < 12; round++) others = prompts * -Math.expm1(-others);
  return others;
}

/** ms of a pass over prompts that lie at random: evenly where no rank has two, else every rank as full as the fullest. */
export function spreadPassMs(passMs: (prompts: number) => number, ranks: number, prompts: number): number {
  if (ranks <= 1) return passMs(prompts);
  const { single, fullest } = rankSpread(prompts, ranks);
  return single * passMs(prompts) + (1 - single) * Math.max(passMs(prompts), passMs(ranks * fullest));
}
