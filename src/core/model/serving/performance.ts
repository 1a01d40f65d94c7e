/** Speed of a plan: step models under a load, with intervals. */
import type { PerformanceEstimate, Note } from "../../domain/estimate.ts";
import { acceleratorsOf, type InstanceLayout, type Plan } from "../../domain/plan.ts";
import { softest } from "../../domain/provenance.ts";
import { ok, type Result } from "../../domain/result.ts";
import type { StepModel } from "../../domain/step-model.ts";
import type { OperatorTime, StepTime } from "../../domain/step.ts";
import { acceptance, DRAFT_ACCEPTANCE } from "./acceptance.ts";
import { settleAggregated } from "./aggregated.ts";
import { settleDisaggregated } from "./disaggregated.ts";
import { intervalClass } from "./interval-class.ts";
import { inverse, ranged, spreadOf, type Spread } from "./intervals.ts";
import { tpotPercentiles, ttftPercentiles } from "./latency-spread.ts";
import { limitedBy } from "./limiting.ts";
import type { Load, OperatingPoint } from "./operating-point.ts";
import { servingCosts, type PlanCosts } from "./serving-costs.ts";
import { engineServing } from "./serving-parameters.ts";
import {
  acceleratorOf,
  isEarlyBuild,
  runsSequentially,
  stepModel,
  type MissingFact,
  type RunFacts,
  type StepModelFacts,
} from "./step-models.ts";

/** A plan's speed as the model computes it, before intervals. */
export interface Prediction {
  readonly point: OperatingPoint;
  readonly costs: PlanCosts;
  readonly decodeModel: StepModel;
  readonly prefillModel: StepModel;
  readonly replicas: number;
  /** Requests per ms over the whole cluster. */
  readonly rate: number;
  /** Group of measurements that intervals are taken from. */
  readonly intervalClass: string;
}

/** The instance that prefills and the one that decodes; the same one without disaggregation. */
export function instancesOf(plan: Plan): { prefill: InstanceLayout; decode: InstanceLayout } {
  const { layout } = plan;
  if (layout.disaggregated !== null) return layout.disaggregated;
  const { tp, pp, dpAttention, ep } = layout;
  const one = { gpus: tp * pp, tp, pp, dpAttention, ep };
  return { prefill: one, decode: one };
}

/**
 * Where the plan's load settles.
 *
 * `slotLimit`: users that memory leaves room for, over all replicas; absent, memory does not bind.
 */
export function predict(
  plan: Plan,
  facts: StepModelFacts,
  run: RunFacts,
  slotLimit?: number,
): Result<Prediction, MissingFact> {
  const { prefill, decode } = instancesOf(plan);
  const decodeModel = stepModel(plan, decode, facts, run);
  if (!decodeModel.ok) return decodeModel;
  const prefillModel =
    plan.layout.disaggregated === null ? decodeModel : stepModel(plan, prefill, facts, run);
  if (!prefillModel.ok) return prefillModel;
  const costs = servingCosts(plan, facts, prefillModel.value, decodeModel.value, slotLimit);
  const { disaggregated, replicas } = plan.layout;
  const groups = disaggregated === null ? replicas : 1;
  const load = loadOf(plan, groups);
  const point =
    disaggregated === null
      ? settleAggregated(costs, load)
      : settleDisaggregated(
          costs,
          {
            prefillInstances: disaggregated.prefillReplicas,
            decodeInstances: disaggregated.decodeReplicas,
          },
          load,
        );
  return ok({
    point,
    costs,
    decodeModel: decodeModel.value,
    prefillModel: prefillModel.value,
    replicas: groups,
    rate: point.rate * groups,
    intervalClass: intervalClass(plan, acceleratorOf(plan, facts.catalog), isEarlyBuild(plan, facts, run)),
  });
}

/** The load on one of `groups` equal replicas. */
export function loadOf({ workload }: Plan, groups: number): Load {
  const { concurrency, requestsPerSecond, outputTokens } = workload;
  if (requestsPerSecond !== undefined) return { rate: requestsPerSecond / 1e3 / groups, outputTokens };
  return { clients: Math.max(1, (concurrency ?? 1) / groups), outputTokens };
}

/** Speed with intervals, waterfalls and what limits it. Per whole cluster unless a name says otherwise. */
export function describePerformance(
  plan: Plan,
  facts: StepModelFacts,
  prediction: Prediction,
): PerformanceEstimate {
  const { point, rate } = prediction;
  const { inputTokens, outputTokens } = plan.workload;
  const steps = stepsOf(plan, prediction);
  const [ttftSpread, tpotSpread] = spreads(plan, facts, prediction, steps);
  const ttftMs = ranged(point.ttftMs, ttftSpread);
  const tpotMs = ranged(point.tpotMs, tpotSpread);
  const latency = (ttft: number, tpot: number) => ttft + (outputTokens - 1) * tpot;
  const requestLatencyMs = {
    value: latency(ttftMs.value, tpotMs.value),
    low: latency(ttftMs.low, tpotMs.low),
    high: latency(ttftMs.high, tpotMs.high),
    basis: softest(ttftMs.basis, tpotMs.basis),
  };
  const open = plan.workload.requestsPerSecond !== undefined && point.saturated !== "rate";
  const perSecond = (tokens: number) => {
    const value = rate * 1e3 * tokens;
    return open ? { value, low: value, high: value, basis: tpotMs.basis } : inverse(value, requestLatencyMs);
  };
  const output = perSecond(outputTokens);
  const scale = 1 / acceleratorCount(plan);
  const catalogModel = facts.catalog.models.get(plan.model);
  return {
    ttftMs,
    tpotMs,
    ...(point.saturated === "rate" ? {} : { percentiles: percentilesOf(plan, prediction) }),
    outputTokensPerSecond: output,
    inputTokensPerSecond: perSecond(inputTokens),
    requestLatencyMs,
    outputTokensPerSecondPerUser: inverse(1e3 / tpotMs.value, tpotMs),
    outputTokensPerSecondPerAccelerator: {
      ...output,
      value: output.value * scale,
      low: output.low * scale,
      high: output.high * scale,
    },
    decodeBatch: point.decodeBatch,
    steps,
    limitedBy:
      catalogModel === undefined
        ? { resource: "Unknown", share: 0, reason: "no such model" }
        : limitedBy(
            steps.decode,
            catalogModel.architecture,
            prediction.costs.checkedTokens,
            prediction.costs.prefillMachineMs,
          ),
  };
}

function percentilesOf({ layout, workload }: Plan, { costs, point }: Prediction) {
  return {
    ttftMs: ttftPercentiles(costs, point, layout.disaggregated?.prefillReplicas ?? null),
    tpotMs: tpotPercentiles(costs, point, workload.outputTokens),
  };
}

/** Accelerators that the plan pays for; 1 for a CPU-only plan's machine. */
export function acceleratorCount({ cluster }: Plan): number {
  return Math.max(1, acceleratorsOf(cluster));
}

function spreads(
  plan: Plan,
  facts: StepModelFacts,
  prediction: Prediction,
  steps: PerformanceEstimate["steps"],
): [Spread, Spread] {
  const { intervals } = facts.catalog;
  const name = prediction.intervalClass;
  const local = runsSequentially(plan.engine);
  const fitted = engineServing(plan.engine).basis === "assumed" && !local ? "extrapolated" : "measured";
  const basis = (model: StepModel, step: StepTime) =>
    softest(fitted, model.basis, step.basis === "extrapolated" ? "extrapolated" : "measured");
  return [
    spreadOf(intervals, name, local ? "prefill" : "ttft", basis(prediction.prefillModel, steps.prefill)),
    spreadOf(intervals, name, local ? "decode" : "tpot", basis(prediction.decodeModel, steps.decode)),
  ];
}

/** Decode rows sum to TPOT: the step over the tokens it yields, plus the time that prefill takes away. */
function stepsOf(plan: Plan, p: Prediction): PerformanceEstimate["steps"] {
  const { costs, point } = p;
  const step = p.decodeModel.decode(point.decodeBatch, costs.contextTokens);
  const scale = point.pureTpotMs / step.totalMs;
  const operators: OperatorTime[] = step.operators.map((o) =>
    o.limitMs === undefined
      ? { ...o, ms: o.ms * scale }
      : { ...o, ms: o.ms * scale, limitMs: o.limitMs / costs.tokensPerStep },
  );
  const interference = point.tpotMs - point.pureTpotMs;
  if (interference > 0) {
    operators.push({
      id: "prefill-interference",
      name: "Prefill of other requests",
      hue: "act",
      ms: interference,
      limitMs: 0,
      bound: "compute",
      basis: "calibrated",
    });
  }
  const decode: StepTime = { ...step, totalMs: point.tpotMs, operators };
  return { decode, prefill: prefillStep(p.prefillModel, costs.newTokens, costs.cachedTokens) };
}

interface KeptStep {
  readonly newTokens: number;
  readonly cachedTokens: number;
  readonly step: StepTime;
}
const keptSteps = new WeakMap<StepModel, KeptStep>();

/** The pass of one prompt: the same for every load of that prompt's length, so the last one is kept. */
function prefillStep(model: StepModel, newTokens: number, cachedTokens: number): StepTime {
  const kept = keptSteps.get(model);
  if (kept?.newTokens === newTokens && kept.cachedTokens === cachedTokens) return kept.step;
  const step = model.prefill(1, newTokens, cachedTokens);
  keptSteps.set(model, { newTokens, cachedTokens, step });
  return step;
}

/** What the numbers rest on that the plan did not say. */
export function performanceNotes(plan: Plan, p: Prediction): Note[] {
  const notes: Note[] = [];
  const assume = (message: string, path: string) => notes.push({ kind: "assumption", message, path });
  const warn = (message: string, path: string) => notes.push({ kind: "warning", message, path });
  const accepted = acceptance(plan.speculative, plan.options);
  if (accepted.assumed) {
    const tokens = accepted.tokensPerStep.toFixed(2);
    assume(
      `${tokens} tokens accepted a step: each draft kept with a chance of ${DRAFT_ACCEPTANCE}`,
      "options.acceptanceLength",
    );
  }
  const { basis, requestMs } = engineServing(plan.engine);
  if (basis === "assumed" && !runsSequentially(plan.engine)) {
    assume(
      `${plan.engine} has no fitted request overhead: ${Math.round(requestMs)} ms a request assumed, halfway between SGLang and TensorRT-LLM`,
      "engine",
    );
  }
  const perSecond = (p.rate * 1e3).toPrecision(3);
  if (p.point.saturated === "slots") {
    const running = Math.round(p.costs.slots * p.replicas);
    warn(
      `only ${running} ${running === 1 ? "request runs" : "requests run"} at once: the others wait ${Math.round(p.point.queueMs)} ms on average`,
      "workload.concurrency",
    );
  }
  if (p.point.saturated === "prefill") {
    warn(
      `the prefill pool is saturated at ${perSecond} requests/s: requests queue before it`,
      "layout.disaggregated",
    );
  }
  if (p.point.saturated === "rate") {
    warn(
      `arrivals exceed what the cluster can serve (${perSecond} requests/s): the queue grows for ever; figures are at saturation`,
      "workload.requestsPerSecond",
    );
  }
  if (runsSequentially(plan.engine) && plan.cluster.nodes > 1) {
    assume("several nodes work as one layer split: links between nodes are not counted", "cluster.nodes");
  }
  return notes;
}
