/** The runbook: what to do in which order, with the plan's numbers beside each step. */
import type { Model } from "../../domain/catalog.ts";
import type { ChainStage, DistillEstimate } from "../../domain/distill-estimate.ts";
import type { DistillPlan } from "../../domain/distill-plan.ts";
import type { Student } from "../../domain/student.ts";
import { formatCount, formatHours, formatFileSize, formatNumber, formatUsd } from "../../units/format.ts";
import type { Draft } from "../files/draft.ts";
import { markdownCode, markdownText, oneLine } from "../text.ts";

interface ReadmeInput {
  readonly plan: DistillPlan;
  readonly estimate: DistillEstimate;
  readonly student: Student;
  readonly model: Model;
  readonly hasTeacher: boolean;
  readonly name: string;
}

const stageRow = ({ label, hours: time, usd }: ChainStage): string =>
  `| ${label} | ${formatHours(time.value)} | ${formatHours(time.low)} to ${formatHours(time.high)} | ${usd === null ? "unknown" : formatUsd(usd.value)} |`;

function samplingLine({ sampling: { temperature, topP } }: Model): string {
  const whose = temperature.note === undefined ? "its maker's own" : markdownText(temperature.note);
  return `Answers are sampled at temperature ${temperature.value} and top-p ${topP.value} (${temperature.basis}: ${whose}).`;
}

export function distillReadme({ estimate, student, model, hasTeacher, name }: ReadmeInput): Draft {
  const { chain, teacher, edge } = estimate;
  const speed = edge.chosen.tokensPerSecond;
  const lines = [
    `# ${markdownText(name)}`,
    "",
    `${markdownText(model.name)} teaches ${markdownText(student.name)}, which then runs as ${markdownCode(edge.file.type)} on ${markdownText(edge.chosen.name)}.`,
    "",
    "| stage | time | 80 % interval | cost |",
    "| --- | --- | --- | --- |",
    ...(chain?.stages ?? []).map(stageRow),
    "",
    "## 1. The teacher answers",
    "",
    hasTeacher
      ? "Start the teacher with the kit in `teacher/` (its README says how) and wait for its smoke test."
      : "Start the teacher yourself: this engine has no serving kit yet. It must speak the OpenAI protocol.",
    "Set `url` and `servedName` in `settings.json` if yours differ.",
    samplingLine(model),
    "",
    "```sh",
    "python3 data/make_batch.py data/prompts.jsonl data/batch.jsonl",
    "python3 data/run_batch.py      # again: go on where it stopped",
    "python3 data/filter.py",
    "```",
    "",
    `The plan counts on ${formatCount(teacher?.requests ?? 0)} requests, ${formatCount(teacher?.concurrency ?? 0)} at once, ${formatCount(teacher?.outputTokensPerSecond.value ?? 0)} tokens/s, and ${formatCount(teacher?.kept ?? 0)} answers kept in ${formatFileSize(teacher?.storageBytes.value ?? 0)} of text.`,
    "vLLM can also read `data/batch.jsonl` without a server: `vllm run-batch -i data/batch.jsonl -o data/answers.jsonl --model MODEL`; it does not resume.",
    "",
    "## 2. The student learns",
    "",
    "```sh",
    "pip install llamafactory",
    "train/train.sh                 # again: go on from the last checkpoint",
    "```",
    "",
    `Base: ${markdownCode(student.repository)}, licence ${markdownText(student.licence)}. ${formatNumber(estimate.student?.trainedTokens ?? 0)} tokens at ${formatCount(estimate.student?.tokensPerSecond.value ?? 0)} a second.`,
    "",
    "## 3. Its file",
    "",
    "```sh",
    "LLAMA_CPP=/path/to/llama.cpp export/export.sh",
    "```",
    "",
    `The tensors of \`device/student.gguf\` take ${formatCount(edge.file.bytes)} bytes; the header with the tokenizer adds some MB.`,
    "",
    "## 4. On the device",
    "",
    "```sh",
    "device/serve.sh                # llama.cpp",
    "cd device && ollama create student -f Modelfile && ollama run student",
    "```",
    "",
    `${markdownText(edge.chosen.name)}: ${speed === null ? "speed unknown" : `${formatNumber(speed.value)} tokens/s (${formatNumber(speed.low)} to ${formatNumber(speed.high)}, ${speed.basis})`}, ${formatCount(edge.contextTokens)} tokens of context.`,
    "",
  ];
  return { path: "README.md", text: `${lines.map(oneLine).join("\n")}\n` };
}
