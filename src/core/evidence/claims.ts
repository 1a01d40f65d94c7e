/** Sizing claims that circulate, recomputed with the model. */
import type { SizingClaim } from "../domain/published.ts";
import { untold, type ClaimAnswer, type ClaimFacts, type Judge } from "./claim-answer.ts";
import { judgeA100s, judgeA100Speed, judgeCpuNode, judgeH100s } from "./claim-fits.ts";
import * as sizes from "./claim-sizes.ts";
import * as training from "./claim-training.ts";

const JUDGES: Readonly<Record<string, Judge>> = {
  params: sizes.judgeParameters,
  context: sizes.judgeContext,
  "mla-kv": sizes.judgeCache,
  "q4km-size": sizes.judgeQ4Size,
  "q4km-8xa100": judgeA100s,
  "q4km-4xh100": judgeH100s,
  "q4km-cpu": judgeCpuNode,
  "speed-8xa100": judgeA100Speed,
  "q8-size": sizes.judgeQ8Size,
  "fp16-size": sizes.judgeFp16Size,
  "quality-tradeoff": sizes.judgeQuality,
  "qlora-memory": training.judgeQlora,
  "full-finetune": training.judgeFullTuning,
  "mla-adapter": training.judgeMlaAdapter,
  "adapter-targets": training.judgeTargets,
  "fp8-training": training.judgeFp8Training,
  "training-cost": training.judgeTrainingCost,
  licence: training.judgeLicence,
  teacher: training.judgeStudent,
};

/**
 * Each claim with its verdict and the numbers that decide it.
 *
 * Leaves   untold what no figure decides and what would need a figure that is not known; a claim that
 *          nobody wrote a computation for is untold, never passed over.
 * Anchor   Q4_K_M 376.7 GiB on 4 × H100: does not hold; claims.test.ts
 */
export function recomputeClaims(claims: readonly SizingClaim[], facts: ClaimFacts): readonly ClaimAnswer[] {
  return claims.map((claim) => {
    const judge = JUDGES[claim.id];
    const judgement =
      judge === undefined ? untold("Nothing recomputes this claim yet.") : judge(claim, facts);
    const { id, subject, text } = claim;
    return { id, subject, text, ...judgement };
  });
}
