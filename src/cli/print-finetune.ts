/** A fine-tuning estimate for people: short, aligned, plain text. */
import { leastSpare, type FinetuneEstimate, type TrainingRank } from "../core/domain/finetune-estimate.ts";
import type { FinetunePlan } from "../core/domain/finetune-plan.ts";
import type { Ranged } from "../core/domain/provenance.ts";
import {
  formatCount,
  formatFileSize,
  formatGib,
  formatMemory,
  formatNumber,
  formatShare,
  formatUsd,
} from "../core/units/format.ts";
import { catalog } from "../planner-data.ts";
import { plainText } from "./io.ts";
import { printTable } from "./table.ts";

export function printFinetune(plan: FinetunePlan, estimate: FinetuneEstimate): string {
  const parts = [
    `${describe(plan)}\n${verdict(estimate)}\n`,
    printParameters(estimate),
    printMemory(estimate),
    printSpeed(estimate),
    printSchedule(estimate),
    estimate.notes
      .map(({ kind, message }) => `${kind === "information" ? "note" : kind}: ${message}\n`)
      .join(""),
  ];
  return plainText(parts.filter((part) => part !== "").join("\n"));
}

const METHODS = { lora: "LoRA", qlora: "QLoRA", full: "full fine-tuning" } as const;

function describe(plan: FinetunePlan): string {
  const { cluster, training, data } = plan;
  const name = catalog.models.get(plan.model)?.name ?? plan.model;
  const accelerator = catalog.accelerators.get(cluster.accelerator ?? "")?.name ?? cluster.accelerator ?? "";
  const boxes = `${formatCount(cluster.nodes)} ${cluster.nodes === 1 ? "node" : "nodes"}`;
  const cut = `TP ${plan.layout.tp}, PP ${plan.layout.pp}, EP ${plan.layout.ep}, CP ${plan.layout.cp}`;
  return [
    `Fine-tune ${name} by ${METHODS[plan.method]} over ${plan.base}`,
    `with ${plan.framework} on ${boxes} of ${cluster.acceleratorsPerNode} x ${accelerator}, ${cut},`,
    `${formatCount(data.tokens * data.epochs)} tokens in sequences of ${formatCount(training.sequenceTokens)}`,
  ].join(" ");
}

function verdict({ fits, infeasible, memory }: FinetuneEstimate): string {
  if (!fits) return infeasible.map(({ message }) => `Does not fit: ${message}`).join("\n");
  return `Fits, with ${formatMemory(leastSpare(memory))} to spare on the fullest rank`;
}

function printParameters({ parameters }: FinetuneEstimate): string {
  const rows = parameters.adapters.map(({ target, rank, modules, parameters: count }) => [
    target,
    String(rank),
    formatCount(modules),
    formatCount(count),
  ]);
  const table = rows.length > 0 ? printTable([["adapters", "rank", "modules", "parameters"], ...rows]) : "";
  const file = parameters.adapterFileBytes;
  const size = file === null ? "" : `, a file of ${formatFileSize(file)}`;
  return `${table}Trained: ${formatCount(parameters.trainable)} of ${formatCount(parameters.model)} parameters${size}\n`;
}

const PARTS = [
  "experts",
  "dense",
  "gathered",
  "adapters",
  "gradients",
  "optimizer",
  "activations",
  "logits",
  "communication",
  "runtime",
  "fragmentation",
  "total",
  "capacity",
] as const satisfies readonly (keyof TrainingRank)[];

function printMemory({ memory, disk }: FinetuneEstimate): string {
  if (!memory) return "";
  const groups: { first: string; last: string; rank: TrainingRank }[] = [];
  for (const rank of [...memory.ranks, memory.host]) {
    const group = groups.at(-1);
    if (group?.rank.kind === rank.kind && PARTS.every((part) => group.rank[part] === rank[part]))
      group.last = rank.name;
    else groups.push({ first: rank.name, last: rank.name, rank });
  }
  const rows = groups.map(({ first, last, rank }) => [
    first === last ? first : `${first} - ${last}`,
    ...PARTS.map((part) => formatGib(rank[part])),
  ]);
  const { load, train, save } = memory.hostMoments;
  return [
    printTable([["GiB by rank", ...PARTS], ...rows]),
    `Host: ${formatFileSize(load)} while loading, ${formatFileSize(train)} in training, ${formatFileSize(save)} while saving\n`,
    `Disk at the peak: ${formatFileSize(disk.peak)}\n`,
  ].join("");
}

function printSpeed({ performance, cost }: FinetuneEstimate): string {
  if (!performance) return "";
  const row = (name: string, ranged: Ranged, format: (value: number) => string = formatNumber) => [
    name,
    format(ranged.value),
    `${format(ranged.low)} to ${format(ranged.high)}`,
    ranged.basis,
  ];
  const { resource, share, reason } = performance.limitedBy;
  const rows = [
    ["speed and cost", "estimate", "80 % interval", "basis"],
    row("step, s", performance.stepSeconds),
    row("tokens/s", performance.tokensPerSecond),
    row("tokens/s an accelerator", performance.tokensPerSecondPerAccelerator),
    row("MFU", performance.mfu, formatShare),
    row(`hours, ${formatCount(performance.steps)} steps`, performance.trainHours),
    ...(cost
      ? [row("$ for the run", cost.usd, formatUsd), row("$ per hour", cost.usdPerHour, formatUsd)]
      : []),
  ];
  return `${printTable(rows, [0, 3])}Limited by ${resource}: ${formatShare(share)} of the step (${reason})\n`;
}

function printSchedule({ schedule, export: steps }: FinetuneEstimate): string {
  const rows = schedule.map(({ name, hours, bytes, bound }) => [
    name,
    formatNumber(hours.value),
    bytes === null ? "" : formatFileSize(bytes),
    bound,
  ]);
  const files = steps.map(({ name, detail, bytes }) => [
    name,
    bytes === null ? "" : formatFileSize(bytes),
    detail,
  ]);
  return `${printTable([["stage", "hours", "moves", "bound by"], ...rows], [0, 3])}\n${printTable([["export", "size", ""], ...files], [0, 2])}`;
}
