/** Throughput of an accelerator against speed of a user, over loads: a plan and its nearest alternatives. */
import type { FrontierPoint, FrontierSeries } from "../domain/levers.ts";
import type { Plan } from "../domain/plan.ts";
import { estimateMemory, usersHeld } from "../model/memory/estimate-memory.ts";
import { acceleratorCount, predict } from "../model/serving/performance.ts";
import { tokenBasis } from "../model/serving/solve-fast.ts";
import type { StepModelFacts } from "../model/serving/step-models.ts";
import { modelFacts, type SearchFacts } from "./family-facts.ts";
import { withUsers } from "./with-users.ts";
import { draftVariations, layoutVariations, type Variation } from "./variations.ts";

/** Users of one replica: powers of two and the plan's own. */
const LIGHTEST = 1;
const HEAVIEST = 1024;
const MOST_ALTERNATIVES = 3;

/**
 * The plan over loads, and up to three alternatives on the same machines: the best other cut, drafts, both.
 *
 * Per      accelerator of the cluster, and user. Points are those of `evaluate` at that many users; `fits`
 *          tells where the cache no longer holds them all.
 */
export function frontier(plan: Plan, facts: SearchFacts): readonly FrontierSeries[] {
  const own = modelFacts(facts, plan.cluster.accelerator);
  const loads = loadsOf(plan);
  const series = (title: string, of: Plan): FrontierSeries => ({
    title,
    plan: of,
    points: loads.flatMap((users) => pointAt(of, users, own)),
  });
  const alternatives = alternativesOf(plan)
    .map(({ title, plan: other }) => series(title, other))
    .filter(({ points }) => points.some(({ fits }) => fits));
  return [series("This plan", plan), ...alternatives.slice(0, MOST_ALTERNATIVES)];
}

function loadsOf({ workload, layout }: Plan): readonly number[] {
  const loads = new Set<number>();
  for (let users = LIGHTEST; users <= HEAVIEST; users *= 2) loads.add(users * layout.replicas);
  if (workload.concurrency !== undefined) loads.add(workload.concurrency);
  return [...loads].sort((a, b) => a - b);
}

/** Another cut, drafts (or none), and both at once. */
function alternativesOf(plan: Plan): readonly Variation[] {
  const [cut] = layoutVariations(plan);
  const drafts = draftVariations(plan).find(({ plan: { speculative } }) =>
    plan.speculative === "off" ? speculative === "mtp1" : speculative === "off",
  );
  const found = [cut, drafts].filter((variation) => variation !== undefined);
  if (cut === undefined || drafts === undefined) return found;
  const both = { ...cut.plan, speculative: drafts.plan.speculative };
  return [...found, { kind: "layout", title: `${cut.title}, ${drafts.title}`, plan: both }];
}

function pointAt(plan: Plan, users: number, facts: StepModelFacts): readonly FrontierPoint[] {
  const loaded = withUsers(plan, users);
  const { memory, infeasible } = estimateMemory(loaded, facts.catalog);
  const predicted = predict(loaded, facts, {}, usersHeld(memory));
  if (!predicted.ok) return [];
  const { point, costs, rate, decodeModel } = predicted.value;
  return [
    {
      users,
      tokensPerSecondPerUser: 1e3 / point.tpotMs,
      tokensPerSecondPerAccelerator: rate * 1e3 * plan.workload.outputTokens * (1 / acceleratorCount(plan)),
      ttftMs: point.ttftMs,
      fits: infeasible.length === 0,
      basis: tokenBasis(loaded, facts, decodeModel, point.decodeBatch, costs.contextTokens),
    },
  ];
}
