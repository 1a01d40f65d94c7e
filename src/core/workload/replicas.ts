/** How many replicas hold a latency limit, by simulating each number under the same requests. */
import type { Problem } from "../domain/problem.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import type { LatencyTarget, ReplicaAnswer } from "../domain/plan-simulation.ts";
import type { SimulationInput, SimulationResult } from "../domain/simulation.ts";
import { reporting } from "./portions.ts";
import type { SimulationModels } from "./service.ts";
import { simulateSteps } from "./simulate.ts";

/** What has been tried while the answer is looked for. */
interface ReplicaProgress {
  /** The number at work, and how many were tried before it. */
  readonly replicas: number;
  readonly tried: number;
  readonly share: number;
}

/**
 * The least number of replicas that holds a target, handing over how far it is after every portion.
 *
 * Doubles until the target is held, then bisects. The seed gives every number the same requests at
 * the same times, so what differs is the service alone; more replicas are taken never to be slower,
 * which queueing makes true of the mean and sampling nearly true of a quantile. A service that the
 * arrivals outrun never holds a target.
 *
 * Per      replica of an aggregated service; a disaggregated one grows by whole multiples of its pools.
 * Returns  the first field that cannot be simulated; closed loops are refused, since there the load follows the service.
 */
export function* replicaSteps(
  input: SimulationInput,
  models: SimulationModels,
  target: LatencyTarget,
  maxReplicas: number,
): Generator<ReplicaProgress, Result<ReplicaAnswer, Problem>> {
  const problem = checkTarget(input, target, maxReplicas);
  if (problem !== null) return fail(problem);
  const tried = new Map<number, { ms: number | null; holds: boolean; result: SimulationResult }>();
  const search = leastThatHolds(maxReplicas);
  for (let next = search.next(); ;) {
    if (next.done) {
      const shown = tried.get(next.value ?? maxReplicas);
      if (shown === undefined) throw new Error("the answer was not simulated");
      const rows = [...tried].sort(([a], [b]) => a - b);
      return ok({
        replicas: next.value,
        result: shown.result,
        tried: rows.map(([replicas, { ms, holds }]) => ({ replicas, ms, holds })),
      });
    }
    const replicas = next.value;
    const played = yield* reporting(
      simulateSteps(withReplicas(input, replicas), models),
      ({ share }): ReplicaProgress => ({ replicas, tried: tried.size, share }),
    );
    if (!played.ok) return played;
    const result = played.value;
    const held = holdsTarget(result, target);
    tried.set(replicas, { ms: result[target.latency]?.[target.statistic] ?? null, holds: held, result });
    next = search.next(held);
  }
}

/** A service that the arrivals outrun, or that refuses a request, holds no target. */
export function holdsTarget(
  result: SimulationResult,
  { latency, statistic, limitMs }: LatencyTarget,
): boolean {
  const ms = result[latency]?.[statistic] ?? null;
  return result.stable && result.refused === 0 && ms !== null && ms <= limitMs;
}

/** Asks for numbers to try and is told whether they hold; doubles, then bisects. */
function* leastThatHolds(most: number): Generator<number, number | null, boolean> {
  let low = 0;
  let high = 1;
  while (!(yield high)) {
    if (high === most) return null;
    low = high;
    high = Math.min(most, high * 2);
  }
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (yield middle) high = middle;
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

/** The same load on another number of replicas. */
export function withReplicas(input: SimulationInput, factor: number): SimulationInput {
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
