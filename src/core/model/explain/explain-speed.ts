/** How a user's speed, throughput and the time to the first token follow from the plan. */
import type { Explained } from "../../domain/explanation.ts";
import type { Plan } from "../../domain/plan.ts";
import { formatCount, formatDuration, formatFixed, formatNumber, formatShare } from "../../units/format.ts";
import { stepsUntilOut } from "../serving/prompt-batch.ts";
import { runsSequentially } from "../serving/step-models.ts";
import { LARGEST, type Context } from "./context.ts";
import { explainInterval } from "./explain-interval.ts";
import { term } from "./term.ts";

const ms = (value: number): string => formatDuration(value);

export function explainPerUser({ plan, facts, performance, prediction }: Context): Explained {
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
      term(
        "Decode step",
        ms(stepMs),
        `all operators, ${sequences} sequences in a replica at ${formatCount(costs.contextTokens)} tokens of context`,
        decode.basis,
      ),
      ...largest.map((operator) =>
        term(
          `of it, ${operator.name}`,
          ms(operator.ms * costs.tokensPerStep),
          operator.limitMs
            ? `bound by ${operator.bound}; physics allows ${ms(operator.limitMs * costs.tokensPerStep)}`
            : `bound by ${operator.bound}`,
          operator.basis,
        ),
      ),
      term(
        "Tokens a step",
        formatFixed(costs.tokensPerStep, 2),
        plan.speculative === "off" ? "no drafts" : "1 and the drafts that are accepted",
        plan.options.acceptanceLength !== undefined || plan.speculative === "off" ? "plan" : "assumed",
        "speculative",
      ),
      term(
        "Other requests' prefill",
        ms(others),
        `prompts take the machine for ${formatShare(point.prefillShare)} of the time, in which nobody decodes`,
        "calibrated",
        "workload.inputTokens",
      ),
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

const answerLength = (outputTokens: number) =>
  term("Output tokens", formatCount(outputTokens), "of one request", "plan", "workload.outputTokens");

export function explainTotal({ plan, performance, prediction }: Context): Explained {
  const { workload } = plan;
  const { outputTokens, concurrency, requestsPerSecond } = workload;
  const { point, rate } = prediction;
  const value = `${formatNumber(performance.outputTokensPerSecond.value)} tok/s`;
  const length = answerLength(outputTokens);
  if (concurrency === undefined) {
    const served = rate * 1e3;
    return {
      metric: "total",
      title: "Throughput",
      formula: "requests served a second × output tokens",
      worked: `${formatNumber(served)} × ${formatCount(outputTokens)} = ${value}`,
      terms: [
        term(
          "Requests a second",
          formatNumber(served),
          point.saturated === "rate"
            ? `the most that the cluster serves; ${formatNumber(requestsPerSecond ?? 0)} arrive`
            : "as many as arrive",
          point.saturated === "rate" ? performance.tpotMs.basis : "plan",
          "workload.requestsPerSecond",
        ),
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
      term(
        "Users",
        formatCount(concurrency),
        "requests in flight over the whole cluster",
        "plan",
        "workload.concurrency",
      ),
      length,
      term(
        "Time of a request",
        ms(latency),
        "each user sends again when answered",
        performance.requestLatencyMs.basis,
      ),
    ],
    interval:
      "The interval of a request's time, turned over: the slow end of one is the low end of the other.",
  };
}

const stepsOf = ({ costs, point }: Context["prediction"]): number =>
  stepsUntilOut(costs, point.lookSteps, point.prefillShare, point.othersDecode);

const overheadOf = ({ layout }: Context["plan"]): string =>
  `HTTP, tokenizer, ${layout.disaggregated === null ? "scheduler" : "hand-over of the cache"}`;

export function explainTtft({ plan, facts, performance, prediction }: Context): Explained {
  const { point, costs } = prediction;
  const steps = stepsOf(prediction);
  const scheduler = steps * point.pureTpotMs * costs.tokensPerStep;
  const turn = Math.max(0, point.ttftMs - costs.requestMs - costs.prefillAloneMs - scheduler - point.queueMs);
  const terms = [
    term(
      "Prefill",
      ms(costs.prefillAloneMs),
      `${formatCount(costs.newTokens)} new tokens after ${formatCount(costs.cachedTokens)} cached, alone on the machine`,
      performance.steps.prefill.basis,
      "workload.inputTokens",
    ),
    term("Request overhead", ms(costs.requestMs), overheadOf(plan), "calibrated", "engine"),
    term(
      "Scheduler",
      ms(scheduler),
      `${formatNumber(steps)} decode steps until a new request is seen and its first token is out`,
      "calibrated",
      "options.schedulerInterval",
    ),
    term(
      "Wait for a turn",
      ms(turn),
      "behind prompts that arrived before and beside those of its own pass, mean over arrivals",
      "calibrated",
    ),
  ];
  if (point.queueMs > 0) {
    terms.push(
      term(
        "Queue",
        ms(point.queueMs),
        "until one of the places to run is free",
        performance.ttftMs.basis,
        "workload.concurrency",
      ),
    );
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
