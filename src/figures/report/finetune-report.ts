/** The report of a fine-tuning run. */
import type { MethodChoice } from "../../core/domain/finetune-around.ts";
import type {
  FinetuneEstimate,
  Stage,
  TrainingMemory,
  TrainingPerformance,
  TrainingRank,
} from "../../core/domain/finetune-estimate.ts";
import type { FinetunePlan } from "../../core/domain/finetune-plan.ts";
import {
  formatCount,
  formatDuration,
  formatFileSize,
  formatFixed,
  formatGib,
  formatHours,
  formatNumber,
  formatShare,
  formatUsd,
} from "../../core/units/format.ts";
import { scheduleFinding, scheduleHours, stageMoves, tokensWord } from "../findings/finetune-findings.ts";
import { counted } from "../findings/words.ts";
import { placeStages } from "../stage-bars.ts";
import { TRAINING_PARTS, trainingParts } from "../training-memory.ts";
import {
  groupRanks,
  inSentence,
  intervalText,
  numberOf,
  startText,
  warningsFirst,
  withoutStop,
  withRest,
  type Report,
  type ReportNumber,
  type ReportTable,
} from "./report-document.ts";

/** A method that fits, as the page names it. */
export interface NamedMethod {
  readonly name: string;
  readonly choice: MethodChoice;
}

/** `methods`: the least machines of the plan's kind that hold each; null while they are not known. */
export function finetuneReport(
  plan: FinetunePlan,
  estimate: FinetuneEstimate,
  methods: readonly NamedMethod[] | null,
  accelerator: string,
): Report {
  const { fits, memory, performance, schedule } = estimate;
  return {
    goal: "finetune",
    fits,
    word: fits ? "Fits" : "Does not fit",
    numbers: numbersOf(estimate),
    problems: [
      ...estimate.infeasible.map(({ message }) => message),
      ...(!fits && methods?.length === 0 ? [`No method fits on up to 64 nodes of ${accelerator}.`] : []),
    ],
    limit: performance
      ? `Limited by ${inSentence(performance.limitedBy.resource)}, ${formatShare(performance.limitedBy.share)} of the step: ${performance.limitedBy.reason}.`
      : null,
    tables: [
      ...(memory ? [memoryOf(memory)] : []),
      ...(schedule.length > 0 ? [scheduleOf(schedule)] : []),
      ...(performance ? [stepOf(performance)] : []),
      ...(methods && methods.length > 0 ? [methodsOf(methods, accelerator)] : []),
    ],
    assumptions: assumptionsOf(plan, estimate),
    notes: warningsFirst(estimate.notes),
  };
}

function numbersOf({ performance, schedule, cost }: FinetuneEstimate): readonly ReportNumber[] {
  return [
    ...numberOf("training", "hours", performance?.trainHours),
    ...numberOf("checkpoint to served file", "hours", performance && scheduleHours(schedule)),
    ...numberOf("through the cluster", "rate", performance?.tokensPerSecond),
    ...numberOf("for training", "usd", cost?.usd),
    ...numberOf("for the whole schedule", "usd", cost?.usdSchedule),
    ...numberOf("a million tokens", "usd", cost?.usdPerMillionTokens),
  ];
}

function memoryOf({ ranks, host }: TrainingMemory): ReportTable {
  const row = (name: string, rank: TrainingRank) => {
    const parts = trainingParts(rank);
    return {
      cells: [
        name,
        ...TRAINING_PARTS.map(({ part }) => formatGib(parts[part])),
        formatGib(rank.total),
        rank.capacity > 0 ? formatGib(rank.capacity) : "–",
      ],
      bar: rank.capacity > 0 ? Math.min(1, rank.total / rank.capacity) : 0,
    };
  };
  return {
    name: "Memory",
    head: [
      "GiB by rank and host",
      "experts",
      "attention, dense",
      "gathered",
      "trained",
      "activations",
      "runtime",
      "total",
      "capacity",
    ],
    rows: [
      ...withRest(
        groupRanks(ranks).map(({ name, rank }) => row(name, rank)),
        "ranks",
      ),
      row("Host, at its fullest", host),
    ],
    wide: true,
  };
}

function scheduleOf(stages: readonly Stage[]): ReportTable {
  const whole = scheduleHours(stages);
  const { unit, unitHours } = placeStages(
    stages.map((stage) => ({ ...stage, startHours: 0 })),
    whole.value,
  );
  const longest = Math.max(...stages.map(({ hours }) => hours.value));
  return {
    name: "Schedule",
    lead: withoutStop(scheduleFinding(stages, unit, unitHours)),
    head: ["", "starts after", "time", "80 % interval", "basis", "moves", "bound by"],
    rows: [
      ...stages.map((stage, i) => ({
        cells: [
          stage.name,
          startText(scheduleHours(stages.slice(0, i)).value),
          formatHours(stage.hours.value),
          intervalText("hours", stage.hours),
          stage.hours.basis,
          stageMoves(stage),
          stage.bound,
        ],
        bar: longest > 0 ? stage.hours.value / longest : 0,
        hue: stage.hue,
      })),
      {
        cells: ["In all", "", formatHours(whole.value), intervalText("hours", whole), whole.basis, "", ""],
      },
    ],
    wide: true,
  };
}

function stepOf({ parts, stepSeconds, tokensPerStep }: TrainingPerformance): ReportTable {
  const longest = Math.max(...parts.map(({ seconds }) => seconds), 0);
  return {
    name: "Step",
    lead: `An optimizer step takes ${formatDuration(stepSeconds.value * 1e3)} for ${formatCount(tokensPerStep)} tokens`,
    head: ["", "s", "share", "bound by"],
    rows: withRest(
      parts
        .filter(({ seconds }) => seconds > 0)
        .toSorted((a, b) => b.seconds - a.seconds)
        .map(({ name, hue, seconds, bound }) => ({
          cells: [name, formatFixed(seconds, 2), formatShare(seconds / stepSeconds.value), bound],
          bar: longest > 0 ? seconds / longest : 0,
          hue,
        })),
      "parts",
    ),
  };
}

function methodsOf(methods: readonly NamedMethod[], accelerator: string): ReportTable {
  return {
    name: "Methods",
    lead: `The same data by other methods, each on the fewest ${accelerator} that hold it`,
    head: ["", "GPUs", "GiB a GPU", "hours", "$"],
    rows: methods.map(({ name, choice }) => ({
      cells: [
        name,
        formatCount(choice.accelerators),
        formatGib(choice.bytes),
        choice.hours ? formatNumber(choice.hours.value) : "unknown",
        choice.usd ? formatUsd(choice.usd.value) : "unknown",
      ],
    })),
  };
}

function assumptionsOf(plan: FinetunePlan, estimate: FinetuneEstimate): readonly string[] {
  const { training, data, layout, result } = plan;
  const { parameters, disk, performance, cost } = estimate;
  const carried = parameters.adapters.map(({ target, rank }) => `${target} at rank ${rank}`).join(", ");
  return [
    `Data: ${tokensWord(data.tokens)}, ${counted(data.epochs, "epoch")}, in sequences of ${formatCount(training.sequenceTokens)}; ${formatCount(training.globalBatch)} of them a step, ${formatCount(training.microBatch)} at once on a rank.`,
    `Trained: ${formatCount(parameters.trainable)} of ${formatCount(parameters.model)} parameters${carried === "" ? "" : `, adapters on ${carried}`}.`,
    `Cut: TP ${layout.tp}, PP ${layout.pp}, EP ${layout.ep}, CP ${layout.cp}; sharded: ${layout.sharding}; experts on ${layout.experts === "cpu" ? "the host" : "accelerators"}; offloaded: ${layout.offload}; computed again: ${training.recompute}; optimizer: ${training.optimizer}.`,
    `Result: ${result.form === "merged" ? "one checkpoint" : "adapters in a file of their own"}, served as ${result.weights}; ${formatFileSize(disk.peak)} of disk at the peak.`,
    ...(performance ? [`Time of a step is ${performance.stepSeconds.basis}.`] : []),
    ...(cost ? [`Price: ${cost.offer}; ${formatUsd(cost.usdPerHour.value)} an hour for the cluster.`] : []),
  ];
}
