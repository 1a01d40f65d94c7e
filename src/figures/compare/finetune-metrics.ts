/** What fine-tuning runs are held against. */
import type { Race } from "./compare-finding.ts";
import { formatDuration, formatUsd } from "../../core/units/format.ts";
import { leastSpare, type FinetuneEstimate } from "../../core/domain/finetune-estimate.ts";
import { scheduleHours } from "../findings/finetune-findings.ts";
import { countedRange, hoursAsMs, type MetricRow } from "./compare-metrics.ts";

export const FINETUNE_METRICS: readonly MetricRow<FinetuneEstimate>[] = [
  {
    id: "spare",
    group: "Memory",
    name: "left on the fullest accelerator",
    kind: "bytes",
    better: "more",
    read: ({ memory }) => memory && countedRange(leastSpare(memory), memory.basis),
  },
  {
    id: "host",
    group: "Memory",
    name: "of the fullest host",
    kind: "bytes",
    better: "less",
    read: ({ memory }) => memory && countedRange(memory.host.total, memory.basis),
  },
  {
    id: "training",
    group: "Speed",
    name: "training",
    kind: "time",
    better: "less",
    read: ({ performance }) => performance && hoursAsMs(performance.trainHours),
  },
  {
    id: "schedule",
    group: "Speed",
    name: "checkpoint to served file",
    kind: "time",
    better: "less",
    // without the training's own time the sum of the others would lead
    read: ({ performance, schedule }) => performance && hoursAsMs(scheduleHours(schedule)),
  },
  {
    id: "rate",
    group: "Speed",
    name: "through the cluster",
    kind: "rate",
    better: "more",
    read: ({ performance }) => performance?.tokensPerSecond ?? null,
  },
  {
    id: "accelerator",
    group: "Speed",
    name: "an accelerator",
    kind: "rate",
    better: "more",
    read: ({ performance }) => performance?.tokensPerSecondPerAccelerator ?? null,
  },
  {
    id: "usd",
    group: "Cost",
    name: "for training",
    kind: "usd",
    better: "less",
    read: ({ cost }) => cost?.usd ?? null,
  },
  {
    id: "all",
    group: "Cost",
    name: "for the whole schedule",
    kind: "usd",
    better: "less",
    read: ({ cost }) => cost?.usdSchedule ?? null,
  },
  {
    id: "tokens",
    group: "Cost",
    name: "a million tokens",
    kind: "usd",
    better: "less",
    read: ({ cost }) => cost?.usdPerMillionTokens ?? null,
  },
];

export const FINETUNE_RACE: readonly [cost: Race, speed: Race] = [
  { id: "usd", words: (usd) => `costs least, ${formatUsd(usd)} for training` },
  { id: "training", words: (ms) => `trains fastest, in ${formatDuration(ms)}` },
];
