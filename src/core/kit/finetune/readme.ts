/** The runbook: what to do in which order, with the plan's numbers beside each step. */
import type { Ranged } from "../../domain/provenance.ts";
import { needsCopy, readsPublished } from "../../domain/finetune-plan.ts";
import type { Unsupported } from "../../domain/kit.ts";
import { fullestRank, type Stage } from "../../domain/finetune-estimate.ts";
import { formatCount, formatHours, formatFileSize, formatMemory, formatUsd } from "../../units/format.ts";
import type { Draft } from "../files/draft.ts";
import { markdownCode, markdownText, oneLine } from "../text.ts";
import type { FrameworkKit } from "./frameworks/framework-kit.ts";
import { CLUSTER_FOLDER, stagesOf } from "./kubernetes.ts";
import { repositoryOf, stageText } from "./prepare-files.ts";
import type { Run } from "./run.ts";

const METHODS = { lora: "LoRA", qlora: "QLoRA", full: "full fine-tuning" } as const;

const timeRow = ({ name, hours: { value, low, high, basis } }: Stage): string =>
  `| ${markdownText(name)} | ${formatHours(value)} | ${formatHours(low)} to ${formatHours(high)} | ${basis} |`;
const money = ({ value, low, high }: Ranged): string =>
  `${formatUsd(value)} (${formatUsd(low)} to ${formatUsd(high)})`;

function fence(lines: readonly string[]): string[] {
  return ["", "```sh", ...lines, "```", ""];
}

function opening({ name, model, plan, estimate, framework, accelerators, accelerator }: Run): string[] {
  const { parameters, memory, cost, disk } = estimate;
  const fullest = fullestRank(memory);
  const part = markdownText(accelerator?.shortName ?? plan.cluster.accelerator ?? "");
  return [
    `# ${markdownText(name)}`,
    "",
    `${markdownText(model.name)}, ${METHODS[plan.method]} over a base in ${plan.base.toUpperCase()}, with ${markdownText(framework.name)} ${markdownText(framework.version)} on ${formatCount(accelerators)} x ${part}: ${formatCount(parameters.trainable)} trained parameters, ${formatMemory(fullest)} on the fullest accelerator, ${formatMemory(memory?.host.total ?? 0)} on the fullest host, ${formatFileSize(disk.peak)} of disk.`,
    "",
    "| stage | time | 80 % interval | basis |",
    "| --- | --- | --- | --- |",
    ...estimate.schedule.map(timeRow),
    ...(cost
      ? ["", `Rent of the whole schedule: ${money(cost.usdSchedule)}, at ${markdownText(cost.offer)}.`]
      : []),
  ];
}

function preparing(run: Run, kit: FrameworkKit): string[] {
  const repository = repositoryOf(run);
  const pinned = Object.entries(run.framework.pins)
    .map(([name, version]) => `${name} ${version}`)
    .join(", ");
  const cast = readsPublished(run.plan)
    ? [
        `FP8_CAST=/path/to/fp8_cast_bf16.py prepare/cast.sh   # not for training: before export/export.sh merges`,
      ]
    : ["FP8_CAST=/path/to/fp8_cast_bf16.py prepare/cast.sh"];
  return [
    "## 1. The machine",
    ...fence([
      ...kit.install(run.framework),
      ...(run.plan.target === "kubernetes" ? [] : ["./preflight.sh"]),
    ]),
    `Written for ${markdownText(pinned)}. The scripts were read by bash, shellcheck and Python; the framework itself was not run with them: take \`train/train.sh --smoke\` first.`,
    "`weights/` and `out/` may be links to other disks. With more than one node the kit lies on a file system that every node sees.",
    "",
    "## 2. The data",
    "",
    '`data/training.jsonl`, a line `{"messages": [{"role": "user", "content": "..."}, {"role": "assistant", "content": "..."}]}` each. Held-out samples of the same form go to `data/validation.jsonl`.',
    ...fence(["python3 data/check.py"]),
    "## 3. The base",
    ...fence([
      ...(repository ? ["prepare/download.sh          # again: go on"] : []),
      ...(needsCopy(run.plan) ? cast : []),
      ...(kit.prepare?.(run) ?? []).map(({ path }) => `MEGATRON_BRIDGE=/path/to/Megatron-Bridge ${path}`),
    ]),
    `${needsCopy(run.plan) ? `FP8 to BF16: ${stageText(run, "Cast FP8 to BF16")}. ` : ""}${repository ? `${markdownCode(repository.repository)} as published.` : "Put the FP8 checkpoint into `weights/fp8` yourself: the catalog names no repository."}`,
  ];
}

/** The same steps by Jobs: section numbers stay. */
function onCluster(run: Run, kit: FrameworkKit, drafts: readonly Draft[]): string[] {
  if (run.plan.target !== "kubernetes") return [];
  const stages = stagesOf(run, kit, drafts).filter(({ name }) => name !== "data");
  return [
    "## On Kubernetes",
    "",
    `What follows by Jobs, each made suspended and started when its turn comes. Namespace and context are yours; the files name none. The claim holds weights, data and results; nodeSelector, tolerations and storageClassName are your cluster's. Core objects alone: nothing has to be installed.`,
    ...fence([
      "./preflight.sh",
      `kubectl apply -k ${CLUSTER_FOLDER}`,
      `${CLUSTER_FOLDER}/fill.sh            # data/*.jsonl into the claim`,
      ...stages.map(({ name, why }) => `${`${CLUSTER_FOLDER}/start.sh ${name}`.padEnd(38)} # ${why}`),
    ]),
  ];
}

function training({ plan, steps, saveSteps, estimate, microBatches }: Run): string[] {
  const many = plan.cluster.nodes > 1;
  const speed = estimate.performance?.tokensPerSecond;
  return [
    "## 4. The run",
    ...fence([
      "train/train.sh --smoke        # two steps: does it start, and fit?",
      ...(many
        ? [
            ...(plan.target === "kubernetes" ? [] : ["sbatch train/train.sbatch     # Slurm"]),
            "MASTER_ADDR=first-node NODE_RANK=0 train/train.sh   # or on each node, with its rank",
          ]
        : ["train/train.sh                # again: go on from the last checkpoint"]),
    ]),
    `${formatCount(steps)} steps of ${formatCount(plan.training.globalBatch)} sequences (${formatCount(microBatches)} micro-batches a rank), a checkpoint every ${formatCount(saveSteps)}${speed ? `, ${formatCount(speed.value)} tokens/s (${formatCount(speed.low)} to ${formatCount(speed.high)}, ${speed.basis})` : ""}.`,
  ];
}

function exporting(run: Run, kit: FrameworkKit): string[] {
  const why = kit.noExport?.(run);
  return [
    "## 5. The result",
    ...(why === undefined
      ? [
          ...fence([
            ...(kit.gather ? ["MEGATRON_BRIDGE=/path/to/Megatron-Bridge export/gather.sh"] : []),
            `${run.gguf ? "LLAMA_CPP=/path/to/llama.cpp " : ""}export/export.sh`,
          ]),
          ...run.estimate.export.map(
            ({ name, detail, bytes }) =>
              `- ${markdownText(name)}: ${markdownText(detail)}${bytes === null ? "" : `, ${formatFileSize(bytes)}`}`,
          ),
        ]
      : ["", markdownText(why)]),
  ];
}

/** The same sentences as in the scripts' comments and in reasons[]. */
function settings(drafts: readonly Draft[]): string[] {
  return [
    "## Why the settings are as they are",
    "",
    ...drafts.flatMap(({ path, text, reasons }) => {
      const lines = text.split("\n");
      const shown = (reasons ?? []).map(({ line, because }) => {
        const code = (lines[line - 1] ?? "").split(" # ")[0] ?? "";
        return `- ${markdownCode(code.trim())}: ${markdownText(because)}`;
      });
      return shown.length === 0 ? [] : [`### ${markdownCode(path)}`, "", ...shown, ""];
    }),
  ];
}

export function finetuneReadme(
  run: Run,
  kit: FrameworkKit,
  drafts: readonly Draft[],
  unsupported: readonly Unsupported[],
): Draft {
  const lines = [
    ...opening(run),
    "",
    ...onCluster(run, kit, drafts),
    ...preparing(run, kit),
    "",
    ...training(run),
    "",
    ...exporting(run, kit),
    "",
    ...(unsupported.length === 0
      ? []
      : [
          "## What this kit cannot express",
          "",
          ...unsupported.map(({ path, reason }) => `- ${markdownCode(path)}: ${markdownText(reason)}`),
          "",
        ]),
    ...settings(drafts),
  ];
  return { path: "README.md", text: `${lines.map(oneLine).join("\n").trimEnd()}\n` };
}
