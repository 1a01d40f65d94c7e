/** How the verdict's numbers follow from the plan: formulas, terms, intervals, sources. */
import type { Explained, PlanExplanation } from "../../domain/explanation.ts";
import { acceleratorsOf, type Plan } from "../../domain/plan.ts";
import { formatCount, formatDuration, formatNumber, formatShare, formatUsd } from "../../units/format.ts";
import { evaluateWith } from "../evaluate.ts";
import type { StepModelFacts } from "../serving/step-models.ts";
import { LARGEST, type Context } from "./context.ts";
import { explainMemory } from "./explain-memory.ts";
import { explainPerUser, explainTotal, explainTtft } from "./explain-speed.ts";
import { sourcesOf } from "./sources.ts";
import { term } from "./term.ts";

/**
 * Each number of the verdict, worked out in the open.
 *
 * The terms are those that the solvers use: put into the formula they give the verdict's value.
 * Returns  `null` for a plan whose speed cannot be told.
 * Anchor   worked results equal the estimate's: explain-plan.test.ts.
 */
export function explainPlan(plan: Plan, facts: StepModelFacts): PlanExplanation | null {
  const { estimate, prediction } = evaluateWith(plan, facts);
  const { performance } = estimate;
  if (prediction === null || performance === null) return null;
  const context: Context = { plan, facts, estimate, performance, prediction };
  const metrics = [
    explainMemory(plan, estimate),
    explainPerUser(context),
    explainTotal(context),
    explainTtft(context),
    explainCost(context),
    explainLimit(context),
  ];
  return {
    metrics: metrics.filter((one) => one !== null),
    sources: sourcesOf(plan, facts, estimate),
  };
}

function explainCost({ plan, estimate, performance }: Context): Explained | null {
  const { cost } = estimate;
  const hour = cost?.ranges.usdPerHour;
  const million = cost?.ranges.usdPerMillionOutputTokens;
  if (!cost || !hour || !million) return null;
  const count = acceleratorsOf(plan.cluster);
  const rate = performance.outputTokensPerSecond.value;
  const each =
    count === 0
      ? []
      : [
          term("Accelerator-hour", formatUsd(hour.value / count), cost.offer, hour.basis, "price"),
          term("Accelerators", formatCount(count), "all nodes", "plan", "cluster.acceleratorsPerNode"),
        ];
  return {
    metric: "cost",
    title: "Cost of output tokens",
    formula:
      "$ an hour / output tokens an hour: everything charged to output, inputs included, kept full at this load",
    worked: `${formatUsd(hour.value)} / (${formatNumber(rate)} × 3,600) × 1,000,000 = ${formatUsd(million.value)}`,
    terms: [
      ...each,
      term("Cluster-hour", formatUsd(hour.value), cost.offer, hour.basis, "price"),
      term(
        "Output tokens a second",
        formatNumber(rate),
        "the whole cluster",
        performance.outputTokensPerSecond.basis,
      ),
    ],
    interval:
      "The spread of providers' prices, 10 % to 90 %, and the interval of throughput, joined as if independent.",
  };
}

function explainLimit({ performance }: Context): Explained {
  const { limitedBy, steps } = performance;
  const { operators, totalMs, basis } = steps.decode;
  const sorted = [...operators].sort((a, b) => b.ms - a.ms);
  const top = sorted[0];
  return {
    metric: "limit",
    title: "What limits",
    formula: "the operator with the most time in a decode step / the step",
    worked: `${formatDuration(top?.ms ?? 0)} / ${formatDuration(totalMs)} = ${formatShare(limitedBy.share)}`,
    terms: sorted
      .slice(0, LARGEST)
      .map((operator) =>
        term(
          operator.name,
          formatDuration(operator.ms),
          operator.limitMs
            ? `${formatShare(operator.ms / totalMs)} of the step, bound by ${operator.bound}; physics allows ${formatDuration(operator.limitMs)}`
            : `${formatShare(operator.ms / totalMs)} of the step, bound by ${operator.bound}`,
          operator.basis,
        ),
      ),
    interval: `The share rests on the operators' times, ${basis}; it has no interval of its own.`,
  };
}
