import type { Estimate } from "../../../core/domain/estimate.ts";
import type { Plan } from "../../../core/domain/plan.ts";
import { SERVE_METRICS, SERVE_RACE } from "../../../figures/compare/serve-metrics.ts";
import type { Page } from "../../context.ts";
import { describeNouns, NOUNS } from "../../plan/describe-plan.ts";
import { fitSentence } from "../../plan/verdict-words.ts";
import type { CompareKind } from "./kind.ts";
import { limitWords } from "./limit-words.ts";

export const serveKind = ({ client, plan: { names } }: Page): CompareKind<Plan, Estimate> => ({
  goal: "serve",
  is: (plan): plan is Plan => plan.goal === "serve",
  metrics: SERVE_METRICS,
  race: SERVE_RACE,
  compute: (plans) => client.estimates(plans),
  facts: (plan, estimate) => ({
    fits: estimate.fits,
    word: estimate.fits ? "Fits" : "Does not fit",
    sentence: estimate.fits ? fitSentence(estimate, plan) : (estimate.infeasible[0]?.message ?? ""),
    memory: estimate.memory,
    limit: limitWords(estimate.performance),
    offer: estimate.cost?.offer ?? "",
    breaches: breachesOf(plan, estimate),
  }),
  nouns: (plan) => {
    const words = describeNouns(plan, names);
    const places = { input: " in", output: " out" };
    return new Map(
      NOUNS.map((noun) => [noun, words[noun] + (noun in places ? places[noun as keyof typeof places] : "")]),
    );
  },
  usual: ["accelerators", "weights"],
  unsaid: /^(kvCache|speculative|options\.|slo\.|price\.|target|workload\.(prefix|context))/,
});

function breachesOf({ slo }: Plan, { performance }: Estimate): Record<string, string> {
  if (performance === null) return {};
  const late = slo.ttftMs !== undefined && performance.ttftMs.value > slo.ttftMs;
  const slow = slo.tpotMs !== undefined && performance.tpotMs.value > slo.tpotMs;
  return { ...(late ? { ttft: "over the SLO" } : {}), ...(slow ? { user: "under the SLO" } : {}) };
}
