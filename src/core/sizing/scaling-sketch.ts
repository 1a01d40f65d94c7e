/** How many replicas each hour of a day would need, from the rate that the peak's number holds. */
import type { ReplicaAsk, ScalingSketch, SimulationShare } from "../domain/plan-simulation.ts";
import type { ArrivalProcess, SimulationInput } from "../domain/simulation.ts";
import { reporting } from "../workload/portions.ts";
import { holdsTarget, withReplicas } from "../workload/replicas.ts";
import type { SimulationModels } from "../workload/service.ts";
import { simulateSteps } from "../workload/simulate.ts";

/** Halvings of the span between a rate that holds and one that does not: 2 / 2^6, within 3 %. */
const HALVINGS = 6;

/**
 * A day of replicas.
 *
 *   replicas(hour) = ceil(rate(hour) / rate that one of the peak's replicas holds), at least 1
 *
 * The rate is found by playing the same requests faster, up to twice, until the target breaks.
 *
 * Leaves   out how long a replica takes to start, and that fewer replicas share bursts worse.
 */
export function* scalingSteps(
  input: SimulationInput,
  models: SimulationModels,
  ask: ReplicaAsk,
  replicas: number | null,
  requestsPerSecond: number | null,
): Generator<SimulationShare, ScalingSketch | null> {
  const { byHour, target } = ask;
  if (byHour === undefined || replicas === null || requestsPerSecond === null) return null;
  const service = withReplicas(input, replicas);
  let held = 1;
  let broken = 2;
  for (let i = 0; i < HALVINGS; i++) {
    const factor = i === 0 ? broken : (held + broken) / 2;
    const played = yield* reporting(simulateSteps(faster(service, factor), models), ({ share }) => ({
      share: (i + share) / HALVINGS,
      replicas,
    }));
    if (played.ok && holdsTarget(played.value, target)) held = factor;
    else broken = factor;
    if (held === broken) break;
  }
  const ratePerReplica = (held * requestsPerSecond) / replicas;
  const hours = byHour.map((rate) => ({
    requestsPerSecond: rate,
    replicas: Math.max(1, Math.ceil(rate / ratePerReplica - 1e-9)),
  }));
  return {
    ratePerReplica,
    hours,
    scaledHours: hours.reduce((sum, hour) => sum + hour.replicas, 0),
    fixedHours: Math.max(...hours.map((hour) => hour.replicas)) * hours.length,
  };
}

/** The same requests in the same order, so much closer together. */
function faster(input: SimulationInput, factor: number): SimulationInput {
  return { ...input, workload: { ...input.workload, arrivals: hurried(input.workload.arrivals, factor) } };
}

function hurried(arrivals: ArrivalProcess, factor: number): ArrivalProcess {
  switch (arrivals.kind) {
    case "closed-loop":
      return arrivals;
    case "trace":
      return { ...arrivals, speed: (arrivals.speed ?? 1) * factor };
    default:
      return { ...arrivals, requestsPerSecond: arrivals.requestsPerSecond * factor };
  }
}
