/** How the verdict's numbers follow from the plan: formulas, terms, intervals, sources. */
import type { Estimate, PerformanceEstimate } from "../../domain/estimate.ts";
import type { Explained, ExplainedTerm, PlanExplanation } from "../../domain/explanation.ts";
import { acceleratorsOf, type Plan } from "../../domain/plan.ts";
import {
  formatCount,
  formatDuration,
  formatFixed,
  formatNumber,
  formatShare,
  formatUsd,
} from "../../units/format.ts";
import { evaluate } from "../evaluate.ts";
import { stepsUntilOut } from "../serving/prompt-batch.ts";
import { predict, type Prediction } from "../serving/performance.ts";
import { runsSequentially, type StepModelFacts } from "../serving/step-models.ts";
import { explainMemory } from "./explain-memory.ts";
import { explainInterval } from "./explain-interval.ts";
import { sourcesOf } from "./sources.ts";

/**
 * Each number of the verdict, worked out in the open.
 *
 * The terms are those that the solvers use: put into the formula they give the verdict's value.
 * Returns  `null` for a plan whose speed cannot be told.
 * Anchor   worked results equal the estimate's: explain-plan.test.ts.
 */
export function explainPlan(plan: Plan, facts: StepModelFacts): PlanExplanation | null {
  const estimate = evaluate(plan, facts);
  const { memory, performance } = estimate;
  const slots = memory !== null && memory.concurrencyLimit >= 1 ? memory.concurrencyLimit : undefined;
  const prediction = predict(plan, facts, {}, slots);
  if (!prediction.ok || performance === null) return null;
  const context: Context = { plan, facts, estimate, performance, prediction: prediction.value };
  const metrics = [
    explainMemory(plan, estimate),
    perUser(context),
    total(context),
    ttft(context),
    explainCost(context),
    limit(context),
  ];
  return {
    metrics: metrics.filter((one) => one !== null),
    sources: sourcesOf(plan, facts, estimate),
  };
}

interface Context {
  readonly plan: Plan;
  readonly facts: StepModelFacts;
  readonly estimate: Estimate;
  readonly performance: PerformanceEstimate;
  readonly prediction: Prediction;
}

const ms = (value: number): string => formatDuration(value);
const LARGEST = 3;

function perUser({ plan, facts, performance, prediction }: Context): Explained {
  const { point, costs } = prediction;
  const { decode } = performance.steps;
  const stepMs = point.pureTpotMs * costs.tokensPerStep;
  const others = point.tpotMs - point.pureTpotMs;
  const speed = formatNumber(performance.outputTokensPerSecondPerUser.value);
  const sequences = formatNumber(point.decodeBatch);
  const largest = [...decode.operators]
    .filter(({ id }) => id !== "prefill-interference")
    .sort((a, b) => b.ms - a.ms)
    .slice(0, LARGEST);
  return {
    metric: "perUser",
    title: "Speed per user",
    formula: "1 / time per output token; that time = decode step / tokens a step + other requests' prefill",
    worked: `1 / (${ms(stepMs)} / ${formatNumber(costs.tokensPerStep)} + ${ms(others)}) = 1 / ${ms(point.tpotMs)} = ${speed} tok/s`,
    terms: [
      {
        name: "Decode step",
        value: ms(stepMs),
        from: `all operators, ${sequences} sequences in a replica at ${formatCount(costs.contextTokens)} tokens of context`,
        basis: decode.basis,
      },
      ...largest.map((operator): ExplainedTerm => ({
        name: `of it, ${operator.name}`,
        value: ms(operator.ms * costs.tokensPerStep),
        from: operator.limitMs
          ? `bound by ${operator.bound}; physics allows ${ms(operator.limitMs * costs.tokensPerStep)}`
          : `bound by ${operator.bound}`,
        basis: operator.basis,
      })),
      {
        name: "Tokens a step",
        value: formatFixed(costs.tokensPerStep, 2),
        from: plan.speculative === "off" ? "no drafts" : "1 and the drafts that are accepted",
        basis: plan.options.acceptanceLength !== undefined || plan.speculative === "off" ? "plan" : "assumed",
        path: "speculative",
      },
      {
        name: "Other requests' prefill",
        value: ms(others),
        from: `prompts take the machine for ${formatShare(point.prefillShare)} of the time, in which nobody decodes`,
        basis: "calibrated",
        path: "workload.inputTokens",
      },
    ],
    interval: explainInterval(
      facts.catalog.intervals,
      prediction.intervalClass,
      decodeMetric(plan),
      performance.tpotMs,
    ),
  };
}

const decodeMetric = ({ engine }: Plan) => (runsSequentially(engine) ? "decode" : "tpot");
const prefillMetric = ({ engine }: Plan) => (runsSequentially(engine) ? "prefill" : "ttft");

function total({ plan, performance, prediction }: Context): Explained {
  const { workload } = plan;
  const { outputTokens, concurrency, requestsPerSecond } = workload;
  const { point, rate } = prediction;
  const value = `${formatNumber(performance.outputTokensPerSecond.value)} tok/s`;
  const length: ExplainedTerm = {
    ...{ name: "Output tokens", value: formatCount(outputTokens), from: "of one request" },
    ...{ basis: "plan", path: "workload.outputTokens" },
  };
  if (concurrency === undefined) {
    const served = rate * 1e3;
    return {
      metric: "total",
      title: "Throughput",
      formula: "requests served a second × output tokens",
      worked: `${formatNumber(served)} × ${formatCount(outputTokens)} = ${value}`,
      terms: [
        {
          name: "Requests a second",
          value: formatNumber(served),
          from:
            point.saturated === "rate"
              ? `the most that the cluster serves; ${formatNumber(requestsPerSecond ?? 0)} arrive`
              : "as many as arrive",
          basis: point.saturated === "rate" ? performance.tpotMs.basis : "plan",
          path: "workload.requestsPerSecond",
        },
        length,
      ],
      interval: "Arrivals are the plan's: the cluster keeps up with them or does not.",
    };
  }
  const answer = outputTokens * point.tpotMs;
  const latency = point.ttftMs + answer;
  return {
    metric: "total",
    title: "Throughput",
    formula:
      "users × output tokens / time of a request; that time = time to first token + output tokens × time per token",
    worked: `${formatCount(concurrency)} × ${formatCount(outputTokens)} / (${ms(point.ttftMs)} + ${formatCount(outputTokens)} × ${ms(point.tpotMs)}) = ${value}`,
    terms: [
      {
        ...{
          name: "Users",
          value: formatCount(concurrency),
          from: "requests in flight over the whole cluster",
        },
        ...{ basis: "plan", path: "workload.concurrency" },
      },
      length,
      {
        ...{ name: "Time of a request", value: ms(latency), from: "each user sends again when answered" },
        basis: performance.requestLatencyMs.basis,
      },
    ],
    interval:
      "The interval of a request's time, turned over: the slow end of one is the low end of the other.",
  };
}

function ttft({ plan, facts, performance, prediction }: Context): Explained {
  const { point, costs } = prediction;
  const steps = stepsUntilOut(costs, point, plan.layout.disaggregated !== null);
  const scheduler = steps * point.pureTpotMs * costs.tokensPerStep;
  const turn = Math.max(0, point.ttftMs - costs.requestMs - costs.prefillAloneMs - scheduler - point.queueMs);
  const terms: ExplainedTerm[] = [
    {
      name: "Prefill",
      value: ms(costs.prefillAloneMs),
      from: `${formatCount(costs.newTokens)} new tokens after ${formatCount(costs.cachedTokens)} cached, alone on the machine`,
      basis: performance.steps.prefill.basis,
      path: "workload.inputTokens",
    },
    {
      name: "Request overhead",
      value: ms(costs.requestMs),
      from:
        plan.layout.disaggregated === null
          ? "HTTP, tokenizer, scheduler"
          : "HTTP, tokenizer, hand-over of the cache",
      basis: "calibrated",
      path: "engine",
    },
    {
      name: "Scheduler",
      value: ms(scheduler),
      from: `${formatNumber(steps)} decode steps until a new request is seen and its first token is out`,
      basis: "calibrated",
      path: "options.schedulerInterval",
    },
    {
      name: "Wait for a turn",
      value: ms(turn),
      from: "behind prompts that arrived before and beside those of its own pass, mean over arrivals",
      basis: "calibrated",
    },
  ];
  if (point.queueMs > 0) {
    terms.push({
      ...{ name: "Queue", value: ms(point.queueMs), from: "until one of the places to run is free" },
      ...{ basis: performance.ttftMs.basis, path: "workload.concurrency" },
    });
  }
  return {
    metric: "ttft",
    title: "Time to first token",
    formula: `prefill + request overhead + scheduler + wait for a turn${point.queueMs > 0 ? " + queue" : ""}`,
    worked: `${terms.map(({ value }) => value).join(" + ")} = ${ms(performance.ttftMs.value)}`,
    terms,
    interval: explainInterval(
      facts.catalog.intervals,
      prediction.intervalClass,
      prefillMetric(plan),
      performance.ttftMs,
    ),
  };
}

function explainCost({ plan, estimate, performance }: Context): Explained | null {
  const { cost } = estimate;
  const hour = cost?.ranges.usdPerHour;
  const million = cost?.ranges.usdPerMillionOutputTokens;
  if (!cost || !hour || !million) return null;
  const count = acceleratorsOf(plan.cluster);
  const rate = performance.outputTokensPerSecond.value;
  const each: ExplainedTerm[] =
    count === 0
      ? []
      : [
          {
            ...{ name: "Accelerator-hour", value: formatUsd(hour.value / count), from: cost.offer },
            ...{ basis: hour.basis, path: "price" },
          },
          {
            ...{ name: "Accelerators", value: formatCount(count), from: "all nodes" },
            ...{ basis: "plan", path: "cluster.acceleratorsPerNode" },
          },
        ];
  return {
    metric: "cost",
    title: "Cost of output tokens",
    formula:
      "$ an hour / output tokens an hour: everything charged to output, inputs included, kept full at this load",
    worked: `${formatUsd(hour.value)} / (${formatNumber(rate)} × 3,600) × 1,000,000 = ${formatUsd(million.value)}`,
    terms: [
      ...each,
      {
        name: "Cluster-hour",
        value: formatUsd(hour.value),
        from: cost.offer,
        basis: hour.basis,
        path: "price",
      },
      {
        ...{ name: "Output tokens a second", value: formatNumber(rate), from: "the whole cluster" },
        basis: performance.outputTokensPerSecond.basis,
      },
    ],
    interval:
      "The spread of providers' prices, 10 % to 90 %, and the interval of throughput, joined as if independent.",
  };
}

function limit({ performance }: Context): Explained {
  const { limitedBy, steps } = performance;
  const { operators, totalMs, basis } = steps.decode;
  const sorted = [...operators].sort((a, b) => b.ms - a.ms);
  const top = sorted[0];
  return {
    metric: "limit",
    title: "What limits",
    formula: "the operator with the most time in a decode step / the step",
    worked: `${ms(top?.ms ?? 0)} / ${ms(totalMs)} = ${formatShare(limitedBy.share)}`,
    terms: sorted.slice(0, LARGEST).map((operator) => ({
      name: operator.name,
      value: ms(operator.ms),
      from: operator.limitMs
        ? `${formatShare(operator.ms / totalMs)} of the step, bound by ${operator.bound}; physics allows ${ms(operator.limitMs)}`
        : `${formatShare(operator.ms / totalMs)} of the step, bound by ${operator.bound}`,
      basis: operator.basis,
    })),
    interval: `The share rests on the operators' times, ${basis}; it has no interval of its own.`,
  };
}
