/** Tokens that a decode step yields when multi-token prediction drafts for it. */
import type { OptionsPlan, Speculative } from "../../domain/plan.ts";

/**
 * Chance that a drafted token is kept, given that the one before it was. Assumed for mixed text:
 * the model's report gives 0.85-0.90 for the first draft on its own evaluation text, serving logs
 * 1.92, 2.58 and 2.82 tokens with one to three drafts, nightly MI355X runs on random prompts 2.25 with three.
 */
export const DRAFT_ACCEPTANCE = 0.75;

export interface Acceptance {
  /** Tokens a step, the verified one included. */
  readonly tokensPerStep: number;
  readonly assumed: boolean;
}

/**
 * How many tokens a step yields.
 *
 *   1 + p + p^2 + ... + p^drafts
 *
 * Per      sequence and step; 1 without drafts.
 * Anchor   3 drafts at 0.75: 2.734: acceptance.test.ts.
 */
export function acceptance(speculative: Speculative, options: OptionsPlan): Acceptance {
  if (speculative === "off") return { tokensPerStep: 1, assumed: false };
  const drafts = Number(speculative.slice(3));
  if (options.acceptanceLength !== undefined) {
    return { tokensPerStep: Math.min(options.acceptanceLength, drafts + 1), assumed: false };
  }
  let tokensPerStep = 1;
  for (let i = 1; i <= drafts; i++) tokensPerStep += DRAFT_ACCEPTANCE ** i;
  return { tokensPerStep, assumed: true };
}
