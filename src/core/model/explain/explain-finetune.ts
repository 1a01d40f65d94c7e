/** How the numbers of fine-tuning's verdict follow from the plan. */
import type { Catalog } from "../../domain/catalog.ts";
import type { Explained, FinetuneMetric, PlanExplanation } from "../../domain/explanation.ts";
import type { FinetuneEstimate, TrainingPerformance, TrainingRank } from "../../domain/finetune-estimate.ts";
import type { FinetunePlan } from "../../domain/finetune-plan.ts";
import { acceleratorsOf } from "../../domain/plan.ts";
import {
  formatCount,
  formatDuration,
  formatFileSize,
  formatHours,
  formatMemory,
  formatNumber,
  formatShare,
  formatUsd,
} from "../../units/format.ts";
import { evaluateFinetune } from "../finetune/evaluate-finetune.ts";
import { LARGEST } from "./context.ts";
import { sourceList, takeDevice, takeHost, takeRents } from "./sources.ts";
import { term } from "./term.ts";

type Explanation = Explained<FinetuneMetric>;

const STEP_INTERVAL =
  "The step's own: about four of five published runs of its class lie within it; it is wider for methods that nobody has published a run of.";

/**
 * Each number of the verdict, worked out in the open.
 *
 * Per      the whole run; memory of the fullest accelerator.
 * Anchor   worked results equal the estimate's: explain-finetune.test.ts.
 */
export function explainFinetune(plan: FinetunePlan, catalog: Catalog): PlanExplanation<FinetuneMetric> {
  const estimate = evaluateFinetune(plan, { catalog });
  const { performance } = estimate;
  const metrics = [
    explainMemory(estimate),
    explainAdapters(estimate),
    ...(performance === null
      ? []
      : [explainHours(performance), explainRate(plan, performance), explainLimit(performance)]),
    explainUsd(plan, estimate),
  ];
  return { metrics: metrics.filter((one) => one !== null), sources: sourcesOf(plan, catalog) };
}

const spare = ({ capacity, total }: TrainingRank): number => capacity - total;

function explainMemory({ memory }: FinetuneEstimate): Explanation | null {
  const rank = [...(memory?.ranks ?? [])].sort((a, b) => spare(a) - spare(b))[0];
  if (memory === null || rank === undefined) return null;
  const { basis } = memory;
  const parts = [
    ["Base weights", rank.experts + rank.dense, "as this rank stores them, from the list of tensors", "base"],
    ["Gathered to use", rank.gathered, "weights of other ranks while they are needed", "layout"],
    ["Trained weights", rank.adapters, "adapters, or the masters of what is trained", "adapters"],
    ["Gradients", rank.gradients, "of what is trained", "training.optimizer"],
    ["Optimizer", rank.optimizer, "its states of what is trained", "training.optimizer"],
    [
      "Activations",
      rank.activations + rank.logits,
      "kept for the backward pass, logits included",
      "training",
    ],
    [
      "Runtime",
      rank.communication + rank.runtime + rank.fragmentation,
      "context, buffers of communication, what the allocator cannot use",
      "framework",
    ],
  ] as const;
  const used = parts.filter(([, bytes]) => bytes > 0);
  return {
    metric: "memory",
    title: "Memory to spare",
    formula: "the accelerator's memory − what the fullest rank holds",
    worked: `${[rank.capacity, ...used.map(([, bytes]) => bytes)].map(formatMemory).join(" − ")} = ${formatMemory(spare(rank))}`,
    terms: [
      term("Capacity", formatMemory(rank.capacity), rank.name, "datasheet", "cluster.accelerator"),
      ...used.map(([name, bytes, from, path]) => term(name, formatMemory(bytes), from, basis, path)),
    ],
    interval:
      "Weights and states are counted; activations and runtime stand beside measured peaks in docs/finetune.md.",
  };
}

function explainAdapters({ parameters }: FinetuneEstimate): Explanation | null {
  const { adapters, adapterFileBytes, trainable } = parameters;
  if (adapterFileBytes === null) return null;
  return {
    metric: "adapters",
    title: "Adapters",
    formula: "for each target: matrices × rank × (inputs + outputs); two bytes each in the file",
    worked: `${adapters.map(({ parameters: count }) => formatCount(count)).join(" + ")} = ${formatCount(trainable)} parameters, ${formatFileSize(adapterFileBytes)}`,
    terms: adapters.map(({ target, rank, modules, parameters: count }) =>
      term(
        target,
        formatCount(count),
        `rank ${rank} on ${formatCount(modules)} matrices`,
        "derived",
        `adapters.ranks.${target}`,
      ),
    ),
    interval: "Counted from the model's tensors: exact.",
  };
}

function explainHours({ steps, stepSeconds, trainHours, tokensPerStep }: TrainingPerformance): Explanation {
  return {
    metric: "hours",
    title: "Training time",
    formula: "optimizer steps × time of a step",
    worked: `${formatCount(steps)} × ${formatDuration(stepSeconds.value * 1e3)} = ${formatHours(trainHours.value)}`,
    terms: [
      term(
        "Steps",
        formatCount(steps),
        `tokens of all epochs / ${formatCount(tokensPerStep)} tokens of a step, rounded up`,
        "plan",
        "data.tokens",
      ),
      term(
        "A step",
        formatDuration(stepSeconds.value * 1e3),
        "the sum of its parts",
        stepSeconds.basis,
        "training",
      ),
    ],
    interval: STEP_INTERVAL,
  };
}

function explainRate(plan: FinetunePlan, performance: TrainingPerformance): Explanation {
  const { tokensPerStep, stepSeconds, tokensPerSecond, mfu } = performance;
  const { globalBatch, sequenceTokens } = plan.training;
  return {
    metric: "rate",
    title: "Tokens through the cluster",
    formula: "samples of a step × tokens of a sample / time of a step",
    worked: `${formatCount(globalBatch)} × ${formatCount(sequenceTokens)} / ${formatNumber(stepSeconds.value)} s = ${formatNumber(tokensPerSecond.value)} tok/s`,
    terms: [
      term("Samples of a step", formatCount(globalBatch), "over all ranks", "plan", "training.globalBatch"),
      term(
        "Tokens of a sample",
        formatCount(sequenceTokens),
        `${formatCount(tokensPerStep)} a step`,
        "plan",
        "training.sequenceTokens",
      ),
      ...partsOf(performance),
      term(
        "Of the peak",
        `${formatNumber(mfu.value * 100)} %`,
        "model operations against the dense BF16 rate, nothing recomputed",
        mfu.basis,
      ),
    ],
    interval: STEP_INTERVAL,
  };
}

/** The largest parts of a step, and what is left of it. */
function partsOf({ parts, stepSeconds }: TrainingPerformance) {
  const sorted = [...parts].sort((a, b) => b.seconds - a.seconds);
  const rest = sorted.slice(LARGEST).reduce((sum, { seconds }) => sum + seconds, 0);
  const seconds = (value: number) => formatDuration(value * 1e3);
  return [
    ...sorted
      .slice(0, LARGEST)
      .map(({ name, seconds: value, bound }) =>
        term(
          name,
          seconds(value),
          `${formatShare(value / stepSeconds.value)} of the step, bound by ${bound}`,
          stepSeconds.basis,
        ),
      ),
    ...(rest > 0
      ? [
          term(
            "The rest",
            seconds(rest),
            `${formatShare(rest / stepSeconds.value)} of the step`,
            stepSeconds.basis,
          ),
        ]
      : []),
  ];
}

function explainLimit(performance: TrainingPerformance): Explanation {
  const { parts, stepSeconds, limitedBy } = performance;
  const largest = Math.max(...parts.map(({ seconds }) => seconds));
  return {
    metric: "limit",
    title: "What limits",
    formula: "the part with the most time in an optimizer step / the step",
    worked: `${formatDuration(largest * 1e3)} / ${formatDuration(stepSeconds.value * 1e3)} = ${formatShare(limitedBy.share)}`,
    terms: partsOf(performance),
    interval: "A share of the step's parts; it has no interval of its own.",
  };
}

function explainUsd(plan: FinetunePlan, { cost, performance }: FinetuneEstimate): Explanation | null {
  if (cost === null || performance === null) return null;
  const count = acceleratorsOf(plan.cluster);
  const each = cost.usdPerHour.value / count;
  return {
    metric: "usd",
    title: "Cost of training",
    formula: "accelerators × $ an hour × hours of training",
    worked: `${formatCount(count)} × ${formatUsd(each)} × ${formatNumber(performance.trainHours.value)} h = ${formatUsd(cost.usd.value)}`,
    terms: [
      term("Accelerators", formatCount(count), "all nodes", "plan", "cluster.acceleratorsPerNode"),
      term("Accelerator-hour", formatUsd(each), cost.offer, cost.usdPerHour.basis, "price"),
      term(
        "Training",
        formatHours(performance.trainHours.value),
        "steps × time of a step",
        performance.trainHours.basis,
      ),
    ],
    interval:
      "The spread of providers' prices, 10 % to 90 %, and the interval of time, joined as if independent.",
  };
}

function sourcesOf(plan: FinetunePlan, catalog: Catalog) {
  const { take, list } = sourceList(catalog);
  take(
    catalog.trainingFrameworks.get(plan.framework)?.source,
    "what the framework offers, and its published runs",
  );
  takeDevice(catalog.accelerators.get(plan.cluster.accelerator ?? ""), take);
  takeHost(catalog, plan, take);
  takeRents(catalog, plan, take);
  return list();
}
