/** Predicts what a record measured, under the load that its phase describes. */
import type { MeasurementRecord } from "../domain/measurement.ts";
import type { Plan } from "../domain/plan.ts";
import type { Ranged } from "../domain/provenance.ts";
import type { ModelFacts } from "../model/evaluate.ts";
import { inverse, ranged, spreadOf, type SpeedMetric } from "../model/serving/intervals.ts";
import { describePerformance, predict, type Prediction } from "../model/serving/performance.ts";
import { runsSequentially, type MissingFact } from "../model/serving/step-models.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { benchmarkWaves } from "./benchmark-waves.ts";
import type { CompletedRun } from "./complete-plan.ts";
import { figure, number, object } from "./record-facts.ts";

export type MetricPredictions = Readonly<Record<string, Ranged>>;

/** Predicted metrics of a run, whichever the record holds. `slotLimit`: users that its memory holds. */
export function predictRecord(
  record: MeasurementRecord,
  completed: CompletedRun,
  facts: ModelFacts,
  slotLimit?: number,
): Result<MetricPredictions, MissingFact> {
  const { plan, run } = completed;
  const limit = slotLimit !== undefined && slotLimit >= 1 ? slotLimit : undefined;
  const prediction = predict(plan, facts, run, limit);
  if (!prediction.ok) return prediction;
  switch (record.phase) {
    case "closed-loop":
      return ok(
        runsSequentially(plan.engine) && plan.workload.concurrency === 1
          ? singleStream(plan, prediction.value, facts)
          : closedLoop(record, completed, prediction.value, facts),
      );
    case "serving":
      return ok(closedLoop(record, completed, prediction.value, facts));
    case "burst":
    case "offline":
      return ok(batchRun(record, plan, prediction.value, facts));
    case "prefill-only":
      return ok(prefillOnly(record, plan, prediction.value, facts));
    case "decode-only":
      return ok(decodeOnly(record, plan, prediction.value, facts));
    default:
      return fail({ path: "phase", message: `unknown phase ${record.phase}` });
  }
}

function spread(facts: ModelFacts, prediction: Prediction, metric: SpeedMetric) {
  const name = prediction.intervalClass;
  const model = metric === "tpot" || metric === "decode" ? prediction.decodeModel : prediction.prefillModel;
  return spreadOf(facts.catalog.intervals, name, metric, model.basis);
}

function scale(of: Ranged, by: number): Ranged {
  return { value: of.value * by, low: of.low * by, high: of.high * by, basis: of.basis };
}

/** With intervals where the facts hold any; a fit asks for the values alone, many thousand times. */
function speeds(plan: Plan, facts: ModelFacts, prediction: Prediction) {
  if (facts.catalog.intervals !== undefined) return describePerformance(plan, facts, prediction);
  const bare = (value: number): Ranged => ({ value, low: value, high: value, basis: "assumed" });
  const { point, rate } = prediction;
  return {
    ttftMs: bare(point.ttftMs),
    tpotMs: bare(point.tpotMs),
    outputTokensPerSecond: bare(rate * 1e3 * plan.workload.outputTokens),
  };
}

function closedLoop(
  record: MeasurementRecord,
  { plan, constantLengths }: CompletedRun,
  prediction: Prediction,
  facts: ModelFacts,
): MetricPredictions {
  const p = speeds(plan, facts, prediction);
  const step = constantLengths ? inStep(plan, prediction) : undefined;
  const ttft = step?.ttftMs ?? benchmarkTtft(record, plan, prediction) ?? p.ttftMs.value;
  const tpot = scale(p.tpotMs, (step?.tpotMs ?? p.tpotMs.value) / p.tpotMs.value);
  const output = scale(p.outputTokensPerSecond, step === undefined ? 1 : step.rate / prediction.rate);
  const gpus = Math.max(1, plan.cluster.acceleratorsPerNode * plan.cluster.nodes);
  const { inputTokens, outputTokens } = plan.workload;
  const total = scale(output, (inputTokens + outputTokens) / outputTokens);
  return {
    ttftMs: scale(p.ttftMs, ttft / p.ttftMs.value),
    tpotMs: tpot,
    outputTokensPerSecond: output,
    inputTokensPerSecond: scale(output, inputTokens / outputTokens),
    totalTokensPerSecond: total,
    decodeTokensPerSecond: output,
    outputTokensPerSecondPerGpu: scale(output, 1 / gpus),
    totalTokensPerSecondPerGpu: scale(total, 1 / gpus),
  };
}

/**
 * Requests of one length that start together end together: every round prefills all prompts before it
 * decodes, so that a request waits for half of the others' prompts on either side of its first token.
 *
 * Returns  undefined where that is not so: arrivals at a rate, one client, a prefill pool, a full batch.
 */
function inStep(plan: Plan, { costs, point, replicas }: Prediction) {
  const { concurrency, outputTokens } = plan.workload;
  const clients = (concurrency ?? 1) / replicas;
  if (clients <= 1 || plan.layout.disaggregated !== null || point.saturated !== "no") return undefined;
  const others = ((clients - 1) * costs.prefillMachineMs) / 2;
  const token = costs.stepMs(clients) / costs.tokensPerStep;
  const ttftMs = costs.requestMs + costs.prefillAloneMs + others + token / 2;
  const tpotMs = token + others / outputTokens;
  return { ttftMs, tpotMs, rate: (clients * replicas) / (ttftMs + (outputTokens - 1) * tpotMs) };
}

/** Mean time to first token as a benchmark measures it: its clients start together and keep in step for many rounds. */
function benchmarkTtft(
  record: MeasurementRecord,
  plan: Plan,
  { costs, point, replicas }: Prediction,
): number | undefined {
  const clients = plan.workload.concurrency;
  if (clients === undefined || clients <= 1 || record.phase !== "closed-loop") return undefined;
  if (point.saturated !== "no") return undefined;
  const prompts = number(object(record.runtime)["prompts"]) ?? 10 * clients;
  const { disaggregated } = plan.layout;
  return benchmarkWaves(costs, point, {
    clients: disaggregated === null ? clients / replicas : clients,
    rounds: prompts / clients,
    outputTokens: plan.workload.outputTokens,
    pools: disaggregated,
  });
}

/** Everything at once: waves of full slots, each prompt prefilled, then its tokens. */
function batchRun(
  record: MeasurementRecord,
  plan: Plan,
  prediction: Prediction,
  facts: ModelFacts,
): MetricPredictions {
  const { costs, replicas } = prediction;
  const prompts = number(object(record.runtime)["prompts"]) ?? plan.workload.concurrency ?? 1;
  const { inputTokens, outputTokens } = plan.workload;
  const batch = Math.max(
    1,
    Math.min(prompts, plan.workload.concurrency ?? prompts, costs.slots * replicas) / replicas,
  );
  const tokenMs = costs.stepMs(batch) / costs.tokensPerStep;
  const requestMs = costs.prefillMachineMs + (outputTokens * tokenMs) / batch;
  const tpot = ranged(
    tokenMs + (costs.prefillMachineMs * batch) / outputTokens,
    spread(facts, prediction, "tpot"),
  );
  const output = inverse((outputTokens * 1e3 * replicas) / requestMs, tpot);
  const gpus = Math.max(1, plan.cluster.acceleratorsPerNode * plan.cluster.nodes);
  return {
    tpotMs: tpot,
    outputTokensPerSecond: output,
    inputTokensPerSecond: scale(output, inputTokens / outputTokens),
    totalTokensPerSecond: scale(output, (inputTokens + outputTokens) / outputTokens),
    outputTokensPerSecondPerGpu: scale(output, 1 / gpus),
  };
}

function prefillOnly(
  record: MeasurementRecord,
  plan: Plan,
  prediction: Prediction,
  facts: ModelFacts,
): MetricPredictions {
  const { costs, prefillModel } = prediction;
  const local = runsSequentially(plan.engine);
  const perRank = number(object(record.runtime)["tokensPerGpuPerStep"]);
  const dp = plan.layout.dpAttention;
  const together = perRank === undefined ? 0 : Math.max(1, Math.round(perRank / costs.newTokens)) * dp;
  const best =
    together > 0
      ? prefillModel.prefillMs(together, costs.newTokens, costs.cachedTokens) / together
      : costs.prefillMachineMs;
  const ms = local ? costs.prefillAloneMs : best;
  const rate = inverse(
    (costs.newTokens * 1e3) / ms,
    ranged(ms, spread(facts, prediction, local ? "prefill" : "ttft")),
  );
  const gpus = Math.max(1, plan.layout.tp * plan.layout.pp);
  return {
    prefillTokensPerSecond: rate,
    inputTokensPerSecond: rate,
    inputTokensPerSecondPerGpu: scale(rate, 1 / gpus),
  };
}

function decodeOnly(
  record: MeasurementRecord,
  plan: Plan,
  prediction: Prediction,
  facts: ModelFacts,
): MetricPredictions {
  const { decodeModel, costs } = prediction;
  const batch = plan.workload.concurrency ?? 1;
  const context = decodeContext(record, plan);
  const ms = decodeModel.decodeMs(batch, context) / costs.tokensPerStep;
  const local = runsSequentially(plan.engine);
  const tpot = ranged(ms, spread(facts, prediction, local ? "decode" : "tpot"));
  const rate = inverse((batch * 1e3) / ms, tpot);
  const gpus = Math.max(1, plan.layout.tp * plan.layout.pp);
  return {
    tpotMs: tpot,
    decodeTokensPerSecond: rate,
    outputTokensPerSecond: rate,
    outputTokensPerSecondPerGpu: scale(rate, 1 / gpus),
  };
}

/** llama-bench decodes from the stated depth; serving benches decode after a prompt. */
function decodeContext(record: MeasurementRecord, plan: Plan): number {
  const { inputTokens, outputTokens, contextDepth } = plan.workload;
  const written = object(object(record.plan)["workload"]);
  const prompt = number(written["inputTokens"]) === undefined || isBench(plan) ? 0 : inputTokens;
  return (contextDepth ?? 0) + prompt + outputTokens / 2;
}

function isBench(plan: Plan): boolean {
  return runsSequentially(plan.engine) && plan.workload.concurrency === 1;
}

/** One stream: prompt speed after the stated depth; decode speed at that depth, or after the prompt where none is stated. */
function singleStream(plan: Plan, prediction: Prediction, facts: ModelFacts): MetricPredictions {
  const { costs, decodeModel } = prediction;
  const { inputTokens, outputTokens, contextDepth } = plan.workload;
  const depth = contextDepth === undefined || contextDepth === 0 ? 0 : contextDepth;
  const decodeMs = decodeModel.decodeMs(1, depth + outputTokens / 2) / costs.tokensPerStep;
  const prefill = ranged(costs.prefillAloneMs, spread(facts, prediction, "prefill"));
  const decode = ranged(decodeMs, spread(facts, prediction, "decode"));
  const rate = inverse(1e3 / decodeMs, decode);
  return {
    prefillTokensPerSecond: inverse((inputTokens * 1e3) / costs.prefillAloneMs, prefill),
    decodeTokensPerSecond: rate,
    outputTokensPerSecond: rate,
    ttftMs: prefill,
    tpotMs: decode,
  };
}

/** Metrics that rows are made of; per-GPU figures stand in only where the whole is absent. */
export const SPEED_METRICS: readonly (readonly [metric: string, otherwise: string | null])[] = [
  ["ttftMs", null],
  ["tpotMs", null],
  ["outputTokensPerSecond", "outputTokensPerSecondPerGpu"],
  ["inputTokensPerSecond", "inputTokensPerSecondPerGpu"],
  ["totalTokensPerSecond", "totalTokensPerSecondPerGpu"],
  ["prefillTokensPerSecond", null],
  ["decodeTokensPerSecond", null],
];

/** Measured figures of a record under the names that predictions have. */
export function measuredSpeeds(record: MeasurementRecord): readonly (readonly [string, number])[] {
  const found: [string, number][] = [];
  for (const [metric, otherwise] of SPEED_METRICS) {
    const value = figure(record, metric);
    if (value !== undefined) found.push([metric, value]);
    else if (otherwise !== null) {
      const each = figure(record, otherwise);
      if (each !== undefined) found.push([otherwise, each]);
    }
  }
  return found;
}
