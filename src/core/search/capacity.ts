/** A map of what a plan's machine holds: context length against users. */
import type { CapacityCell, CapacityColumn, CapacityMap } from "../domain/capacity.ts";
import type { Plan, WorkloadPlan } from "../domain/plan.ts";
import { evaluate } from "../model/evaluate.ts";
import { estimateMemory } from "../model/memory/estimate-memory.ts";
import { predict } from "../model/serving/performance.ts";
import { modelFacts, type SearchFacts } from "./family-facts.ts";
import { withUsers } from "./with-users.ts";

/** Powers of two between these, as people ask for them. */
const SHORTEST = 1024;
const MOST_USERS = 4096;
/** Beyond a million users a number is no longer a count of people. */
const USERS_BOUND = 1 << 20;

/**
 * Every power of two of context and users: what fits, and how fast it then is; for each context the most
 * users that fit, found by halving.
 *
 * Shape    prompt, answer and depth keep the plan's proportions; the cut, the weights and every other
 *          setting stay. A context window that the plan sets grows with the context.
 * Per      whole cluster.
 * Anchor   the own column's most users is `memory.concurrencyLimit` where the cache alone binds: capacity.test.ts.
 */
export function capacityMap(plan: Plan, facts: SearchFacts): CapacityMap | null {
  const architecture = facts.catalog.models.get(plan.model)?.architecture;
  if (architecture === undefined) return null;
  const own = lengthOf(plan.workload);
  const longestContext = architecture.maxContextTokens;
  const contexts: number[] = [];
  for (let tokens = SHORTEST; tokens < longestContext; tokens *= 2) contexts.push(tokens);
  contexts.push(longestContext);
  const loads: number[] = [];
  for (let users = 1; users <= MOST_USERS; users *= 2) loads.push(users);
  const { performance } = evaluate(plan, modelFacts(facts, plan.cluster.accelerator));
  return {
    columns: contexts.map((tokens) => columnOf(plan, tokens, loads, facts)),
    own: {
      contextTokens: own,
      users: usersOf(plan, performance?.requestLatencyMs.value ?? null),
      mostUsers: mostUsers(plan, facts),
      basis: performance?.tpotMs.basis ?? null,
    },
    longestContext,
  };
}

const lengthOf = ({ inputTokens, outputTokens, contextDepth = 0 }: WorkloadPlan): number =>
  contextDepth + inputTokens + outputTokens;

/** Requests in flight: what the plan says, or arrivals times the time that each stays. */
function usersOf({ workload }: Plan, latencyMs: number | null): number {
  if (workload.concurrency !== undefined) return workload.concurrency;
  const arrivals = workload.requestsPerSecond ?? 0;
  return latencyMs === null ? 1 : Math.max(1, Math.round((arrivals * latencyMs) / 1e3));
}

function columnOf(plan: Plan, tokens: number, loads: readonly number[], facts: SearchFacts): CapacityColumn {
  const long = withContext(plan, tokens);
  const most = mostUsers(long, facts);
  return {
    contextTokens: tokens,
    mostUsers: most,
    cells: loads.map((users) => cellOf(long, users, users <= most, facts)),
  };
}

/** The same request, so many tokens long. */
function withContext(plan: Plan, tokens: number): Plan {
  const { workload, options } = plan;
  const scale = tokens / lengthOf(workload);
  const outputTokens = Math.max(1, Math.round(workload.outputTokens * scale));
  const depth = Math.round((workload.contextDepth ?? 0) * scale);
  const { contextLength, ...rest } = options;
  return {
    ...plan,
    workload: {
      ...workload,
      ...(workload.contextDepth === undefined ? {} : { contextDepth: depth }),
      outputTokens,
      inputTokens: Math.max(1, tokens - outputTokens - depth),
    },
    options: contextLength === undefined ? rest : { ...rest, contextLength: Math.max(contextLength, tokens) },
  };
}

const fits = (plan: Plan, users: number, { catalog }: SearchFacts): boolean => {
  const { memory, infeasible } = estimateMemory(withUsers(plan, users), catalog);
  return memory !== null && infeasible.length === 0;
};

function mostUsers(plan: Plan, facts: SearchFacts): number {
  if (!fits(plan, 1, facts)) return 0;
  let [held, over] = [1, 2];
  while (over < USERS_BOUND && fits(plan, over, facts)) [held, over] = [over, over * 2];
  if (over >= USERS_BOUND) return USERS_BOUND;
  while (over - held > 1) {
    const middle = Math.floor((held + over) / 2);
    if (fits(plan, middle, facts)) held = middle;
    else over = middle;
  }
  return held;
}

function cellOf(plan: Plan, users: number, held: boolean, facts: SearchFacts): CapacityCell {
  const unknown = { users, fits: held, tokensPerSecondPerUser: null, tokensPerSecond: null };
  if (!held) return unknown;
  const predicted = predict(withUsers(plan, users), modelFacts(facts, plan.cluster.accelerator), {});
  if (!predicted.ok) return unknown;
  const { point, rate } = predicted.value;
  return {
    users,
    fits: true,
    tokensPerSecondPerUser: 1e3 / point.tpotMs,
    tokensPerSecond: rate * 1e3 * plan.workload.outputTokens,
  };
}
