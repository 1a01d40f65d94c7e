import type { OperatorId, StepTime } from "../../core/domain/step.ts";
import { formatNumber } from "../../core/units/format.ts";
import { totalMultiple } from "../waterfall.ts";
import { shareWords, times } from "./words.ts";

/** What a step does in an operator, as a verb phrase after "of every step". */
const DOES: Readonly<Record<OperatorId, string>> = {
  "routed-experts": "reads expert weights",
  "attention-core": "is attention over the cache",
  "mla-projections": "is MLA projections",
  "shared-expert": "is the shared expert",
  "dense-ffn": "is dense FFN",
  "all-reduce": "waits on all-reduce",
  "all-to-all": "waits on all-to-all",
  router: "is routing",
  elementwise: "is norms and casts",
  "lm-head": "is the LM head",
  pipeline: "passes activations between stages",
  "prefill-interference": "prefills new arrivals",
  host: "waits on the host",
};

/** What the waterfall shows: the largest operator, its distance from the limit, and that of the rest. */
export function timeFinding(step: StepTime): string {
  const largest = [...step.operators].sort((a, b) => b.ms - a.ms)[0];
  if (!largest || step.totalMs <= 0) return "Nothing is known of this step.";
  const share = largest.ms / step.totalMs;
  const whole = step.kind === "decode" ? "of every step" : "of the prefill";
  const does =
    step.kind === "prefill" && largest.id === "routed-experts" ? "multiplies experts" : DOES[largest.id];
  const rest = totalMultiple(step.operators.filter((operator) => operator !== largest));
  const head = `${shareWords(share)} ${whole} ${does}`;
  if (largest.limitMs === undefined || largest.limitMs <= 0) {
    return rest === null ? `${head}.` : `${head}; the rest runs at ${times(rest)} its physical limit.`;
  }
  const own = times(largest.ms / largest.limitMs);
  const tail = rest === null ? "" : `; the rest runs at ${times(rest)} its own`;
  return `${head}, at ${own} the physical limit${tail}.`;
}

/** "1,024 tokens prefill in 221 ms" for the caption's small line. */
export const prefillWords = (step: StepTime): string =>
  `${step.batch.toLocaleString("en-US")} new tokens in ${formatNumber(step.totalMs)} ms`;
