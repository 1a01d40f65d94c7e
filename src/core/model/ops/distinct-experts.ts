/**
 * How many different experts a batch touches.
 *
 *   experts * (1 - (1 - expertsPerToken / expertCount)^tokens)
 *
 * Per      layer, over `experts` of the `expertCount` (all of them, or those of one rank).
 * Leaves   out routing skew, which touches fewer; tables carry it.
 * Anchor   1 token touches 8 of 256; 64 tokens 222.4: distinct-experts.test.ts.
 */
export function distinctExperts(
  tokens: number,
  experts: number,
  expertCount: number,
  expertsPerToken: number,
): number {
  return experts * (1 - (1 - expertsPerToken / expertCount) ** tokens);
}

/**
 * The fewest experts that a batch touches under the skew that the tables were measured with.
 *
 * Loads drawn log-uniformly between 1 and 0.8 * tokens and scaled to the tokens' choices; an expert
 * whose share rounds to nothing is idle. Used for physical limits only, never for a time.
 *
 * Per      layer, out of all `expertCount`.
 */
export function fewestExperts(tokens: number, expertCount: number, expertsPerToken: number): number {
  const uniform = distinctExperts(tokens, expertCount, expertCount, expertsPerToken);
  const top = 0.8 * tokens;
  if (top <= Math.E) return Math.min(uniform, expertsPerToken);
  const scale = (expertsPerToken * tokens * Math.log(top)) / (expertCount * top);
  const busy = 1 - Math.max(0, Math.log(0.5 / scale)) / Math.log(top);
  return Math.max(Math.min(uniform, expertsPerToken), Math.min(uniform, expertCount * busy));
}
