/** The door of the simulation: check, run in portions or at once, report. */
import type { Problem } from "../domain/problem.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import type { SimulationInput, SimulationResult } from "../domain/simulation.ts";
import { checkInput } from "./check-input.ts";
import { lastOf } from "./portions.ts";
import { Service, type SimulationModels } from "./service.ts";
import { summarize } from "./statistics.ts";

interface SimulationProgress {
  readonly done: boolean;
  /** Of the measured requests, 0..1. */
  readonly share: number;
  readonly events: number;
  readonly simulatedMs: number;
}

/** A simulation that is advanced in portions, so that whoever runs it may stop or report in between. */
interface Simulation {
  advance(maxEvents: number): SimulationProgress;
  /** Null until `advance` said done. */
  result(): SimulationResult | null;
}

/** Events between two looks of the caller: a few milliseconds. */
const PORTION = 4000;

/** The queue may grow by this share of the measured requests, or by this many deviations of their number. */
const DRIFT_SHARE = 0.05;
const DRIFT_DEVIATIONS = 4;

/**
 * A simulated service under a simulated load, ready to be advanced.
 *
 * Equal inputs and models give equal results. Arrivals go on until every measured request is served,
 * so that the last ones meet the same load as the first; a trace ends where it ends.
 *
 * Returns  the first field that cannot be simulated.
 * Leaves   out what docs/simulation.md lists.
 */
export function createSimulation(
  input: SimulationInput,
  models: SimulationModels,
): Result<Simulation, Problem> {
  const problem = checkInput(input);
  if (problem !== null) return fail(problem);
  const service = new Service(input, models);
  let done = false;
  let answer: SimulationResult | null = null;
  return ok({
    advance(maxEvents) {
      for (let i = 0; i < maxEvents && !done; i++) {
        done = !service.advance() || service.recorder.complete;
      }
      const share = service.recorder.done / service.recorder.wanted;
      return { done, share, events: service.events, simulatedMs: service.nowMs };
    },
    result: () => (done ? (answer ??= report(input, service)) : null),
  });
}

/** As `createSimulation`, handing over what is done after every portion: whoever drives it may stop in between. */
export function* simulateSteps(
  input: SimulationInput,
  models: SimulationModels,
  portion = PORTION,
): Generator<SimulationProgress, Result<SimulationResult, Problem>> {
  const made = createSimulation(input, models);
  if (!made.ok) return made;
  for (;;) {
    yield made.value.advance(portion);
    const result = made.value.result();
    if (result !== null) return ok(result);
  }
}

/** As `createSimulation`, run to its end. */
export function simulate(
  input: SimulationInput,
  models: SimulationModels,
): Result<SimulationResult, Problem> {
  return lastOf(simulateSteps(input, models));
}

function report(input: SimulationInput, service: Service): SimulationResult {
  const { recorder } = service;
  const served = recorder.wanted - recorder.refused;
  const start = service.opened ?? service.totals();
  const end = service.totals();
  const ms = Math.max(end.atMs - start.atMs, Number.MIN_VALUE);
  const perSecond = 1e3 / ms;
  const requestsPerSecond = (end.finished - start.finished) * perSecond;
  const goodShare = served === 0 ? 0 : recorder.good / served;
  const instances = service.decoders.length;
  const drift = end.waiting - start.waiting;
  const tolerated = Math.max(DRIFT_SHARE * recorder.wanted, DRIFT_DEVIATIONS * Math.sqrt(recorder.wanted));
  return {
    seed: input.seed,
    warmup: { requests: recorder.warmup, rule: recorder.rule },
    requests: served,
    refused: recorder.refused,
    preemptions: recorder.preemptions,
    ttftMs: summarize(recorder.ttft),
    tpotMs: summarize(recorder.tpot),
    endToEndMs: summarize(recorder.endToEnd),
    waitMs: summarize(recorder.wait),
    window: { startMs: start.atMs, endMs: end.atMs },
    requestsPerSecond,
    outputTokensPerSecond: (end.written - start.written) * perSecond,
    inputTokensPerSecond: (end.finishedInput - start.finishedInput) * perSecond,
    goodput:
      input.slo === undefined ? null : { requestsPerSecond: goodShare * requestsPerSecond, share: goodShare },
    inFlight: service.area.inFlight / ms,
    queue: service.area.queue / ms,
    running: service.area.running / ms / instances,
    kv: {
      meanShare: service.area.kvShare / ms,
      peakShare: service.decoders.reduce((peak, i) => Math.max(peak, i.peakShare), 0),
      capacityTokens: instances * input.service.instance.kvTokens,
    },
    prefixHitShare: service.foundShare,
    prefillShare: (end.prefillingMs - start.prefillingMs) / ms / instances,
    stable: input.workload.arrivals.kind === "trace" || drift <= tolerated,
    timeline: service.drawTimeline(),
    simulated: { ms: service.nowMs, outputTokens: end.written, events: service.events },
  };
}
