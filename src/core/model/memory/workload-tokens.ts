import { tokensOfRequestInFlight } from "../../domain/length-spread.ts";
import type { WorkloadPlan } from "../../domain/plan.ts";

/** Cache that a workload asks of one group of ranks that holds one cache. */
export interface WorkloadTokens {
  /** Requests in flight on the group at once; 1 where the plan gives an arrival rate. */
  readonly users: number;
  /** Of one request: what nobody shares. Whole blocks. */
  readonly perUser: number;
  /** Of the prefix that all requests have in common, held once. */
  readonly shared: number;
  readonly total: number;
  /** Longest sequence: what the context window must take. */
  readonly longest: number;
}

const roundUp = (tokens: number, block: number): number => Math.ceil(tokens / block) * block;

/**
 * Distinct tokens that the workload keeps in one cache at its fullest.
 *
 *   total = shared + users * (depth + own - shared)      shared = prefixHitRate * input, one user: 0
 *
 * own = input + output, or with a distribution the mean over the requests that are in flight, E[O (I + O)] / E[O].
 *
 * The hit share of the prompt counts as one prefix that all requests have in common; every other token is a
 * request's own until it ends. `groups` caches share the requests evenly, so the fullest takes the ceiling.
 */
export function workloadTokens(workload: WorkloadPlan, groups: number, block: number): WorkloadTokens {
  const { inputTokens, outputTokens, contextDepth = 0, prefixHitRate, concurrency } = workload;
  const users = concurrency === undefined ? 1 : Math.ceil(concurrency / groups);
  const longest = contextDepth + inputTokens + outputTokens;
  const prefix = Math.floor((prefixHitRate * inputTokens) / block) * block;
  const shared = users > 1 ? prefix : 0;
  const perUser = roundUp(contextDepth + tokensOfRequestInFlight(workload) - shared, block);
  return { users, perUser, shared, total: shared + users * perUser, longest };
}

/** Users whose tokens a cache of `tokens` holds at once. */
export function usersThatFit(tokens: number, need: WorkloadTokens): number {
  return Math.max(0, Math.floor((tokens - need.shared) / need.perUser));
}
