/** How many replicas hold a latency limit, by simulating each number under the same requests. */
import type { Problem } from "../domain/problem.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import type { SimulationInput, SimulationResult } from "../domain/simulation.ts";
import type { SimulationModels } from "./service.ts";
import { simulate } from "./simulate.ts";

export interface LatencyTarget {
  readonly latency: "ttftMs" | "tpotMs" | "endToEndMs";
  readonly statistic: "mean" | "p50" | "p90" | "p95" | "p99";
  readonly limitMs: number;
}

export interface ReplicaAnswer {
  /** Null: not even `maxReplicas` hold it. */
  readonly replicas: number | null;
  /** At `replicas`, or at `maxReplicas`. */
  readonly result: SimulationResult;
  /** Every number tried and what it gave, ascending; null where nothing was served. */
  readonly tried: readonly {
    readonly replicas: number;
    readonly ms: number | null;
    readonly holds: boolean;
  }[];
}

/**
 * The least number of replicas that holds a target.
 *
 * Doubles until the target is held, then bisects. The seed gives every number the same requests at
 * the same times, so what differs is the service alone; more replicas are taken never to be slower,
 * which queueing makes true of the mean and sampling nearly true of a quantile. A service that the
 * arrivals outrun never holds a target.
 *
 * Per      replica of an aggregated service; a disaggregated one grows by whole multiples of its pools.
 * Returns  the first field that cannot be simulated; closed loops are refused, since there the load follows the service.
 */
export function findReplicas(
  input: SimulationInput,
  models: SimulationModels,
  target: LatencyTarget,
  maxReplicas: number,
): Result<ReplicaAnswer, Problem> {
  const problem = checkTarget(input, target, maxReplicas);
  if (problem !== null) return fail(problem);
  const tried = new Map<number, { ms: number | null; holds: boolean; result: SimulationResult }>();
  let wrong: Problem | null = null;
  const holds = (replicas: number): boolean => {
    const known = tried.get(replicas);
    if (known !== undefined) return known.holds;
    const simulated = simulate(scaled(input, replicas), models);
    if (!simulated.ok) {
      wrong = simulated.error;
      return true;
    }
    const result = simulated.value;
    const ms = result[target.latency]?.[target.statistic] ?? null;
    const held = result.stable && result.refused === 0 && ms !== null && ms <= target.limitMs;
    tried.set(replicas, { ms, holds: held, result });
    return held;
  };
  const replicas = leastThatHolds(holds, maxReplicas);
  if (wrong !== null) return fail(wrong);
  const shown = tried.get(replicas ?? maxReplicas);
  if (shown === undefined) throw new Error("the answer was not simulated");
  const rows = [...tried].sort(([a], [b]) => a - b).map(([n, { ms, holds }]) => ({ replicas: n, ms, holds }));
  return ok({ replicas, result: shown.result, tried: rows });
}

function leastThatHolds(holds: (replicas: number) => boolean, most: number): number | null {
  let high = 1;
  while (!holds(high)) {
    if (high === most) return null;
    high = Math.min(most, high * 2);
  }
  let low = Math.floor(high / 2);
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}

function checkTarget(input: SimulationInput, target: LatencyTarget, maxReplicas: number): Problem | null {
  if (!(target.limitMs > 0 && Number.isFinite(target.limitMs))) {
    return { path: "target.limitMs", problem: `${String(target.limitMs)} is not a positive number` };
  }
  if (!Number.isInteger(maxReplicas) || maxReplicas < 1 || maxReplicas > 10_000) {
    return { path: "maxReplicas", problem: `${String(maxReplicas)} is not a whole number from 1 to 10000` };
  }
  if (input.workload.arrivals.kind === "closed-loop") {
    return { path: "workload.arrivals", problem: "replicas follow from a rate or a trace, not from clients" };
  }
  return null;
}

function scaled(input: SimulationInput, factor: number): SimulationInput {
  const { service } = input;
  if (service.kind === "aggregated") return { ...input, service: { ...service, replicas: factor } };
  return {
    ...input,
    service: {
      ...service,
      prefillInstances: service.prefillInstances * factor,
      decodeInstances: service.decodeInstances * factor,
    },
  };
}
