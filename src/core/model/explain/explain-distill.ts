/** How the numbers of a distillation's verdict follow from the plan. */
import type {
  ChainEstimate,
  ChainStage,
  DistillEstimate,
  EdgeEstimate,
} from "../../domain/distill-estimate.ts";
import type { DistillPlan } from "../../domain/distill-plan.ts";
import type { DistillMetric, Explained, PlanExplanation } from "../../domain/explanation.ts";
import type { EdgeDevice } from "../../domain/student.ts";
import {
  formatCount,
  formatFileSize,
  formatHours,
  formatMemory,
  formatNumber,
  formatShare,
  formatUsd,
} from "../../units/format.ts";
import { deviceCorrection, edgeCacheBytes, readBytes } from "../distill/edge.ts";
import { evaluateDistill, studentOf, type DistillFacts } from "../distill/evaluate-distill.ts";
import { STEP_ERRORS } from "../distill/student-training.ts";
import { sourceList, takeDevice, takeRents } from "./sources.ts";
import { term } from "./term.ts";

type Explanation = Explained<DistillMetric>;

const PATHS: Readonly<Record<ChainStage["id"], string>> = {
  teacher: "job",
  judge: "job.judge",
  student: "student",
  export: "edge",
};

/**
 * Each number of the verdict, worked out in the open.
 *
 * Per      the whole chain; the device of the plan.
 * Anchor   worked results equal the estimate's: explain-distill.test.ts.
 */
export function explainDistill(plan: DistillPlan, facts: DistillFacts): PlanExplanation<DistillMetric> {
  const estimate = evaluateDistill(plan, facts);
  const { chain, edge } = estimate;
  const device = facts.students.devices.get(plan.edge.device);
  const metrics = [
    ...(device === undefined ? [] : [explainRoom(edge, device), explainEdge(plan, edge, device, facts)]),
    ...(chain === null ? [] : [explainTime(chain), explainUsd(chain, estimate), explainDearest(chain)]),
    explainLearns(plan, estimate),
  ];
  return { metrics: metrics.filter((one) => one !== null), sources: sourcesOf(plan, facts, device) };
}

function explainRoom(
  { file, chosen, cacheBytesPerToken, contextTokens }: EdgeEstimate,
  device: EdgeDevice,
): Explanation {
  const { usableBytes, neededBytes } = chosen;
  return {
    metric: "room",
    title: "Room on the device",
    formula: "what the device lets a program have − file − cache of the context − buffers",
    worked: `${formatMemory(usableBytes)} − ${formatMemory(neededBytes)} = ${formatMemory(usableBytes - neededBytes)}`,
    terms: [
      term(
        "Usable memory",
        formatMemory(usableBytes),
        `of ${formatMemory(device.memory.value)} installed`,
        device.usableMemory.basis,
        "edge.device",
      ),
      term(
        "File",
        formatFileSize(file.bytes),
        `${file.type}, ${formatNumber(file.bitsPerWeight)} bits per weight, tensor by tensor`,
        "derived",
        "edge.weights",
      ),
      term(
        "Context",
        formatCount(contextTokens),
        `tokens, ${formatFileSize(cacheBytesPerToken)} of cache each; ${formatCount(chosen.contextTokens)} would fit`,
        "derived",
        "edge.contextTokens",
      ),
    ],
    interval:
      "Bytes of the file and the cache are counted; what a system leaves to one program is the device's datum.",
  };
}

function explainEdge(
  plan: DistillPlan,
  { file, chosen }: EdgeEstimate,
  device: EdgeDevice,
  { students }: DistillFacts,
): Explanation | null {
  const speed = chosen.tokensPerSecond;
  if (speed === null) return null;
  const { imatrix, cache, contextTokens } = plan.edge;
  const { architecture } = studentOf(plan, students);
  const weights = readBytes(architecture, file.type, imatrix);
  const context = edgeCacheBytes(architecture, contextTokens / 2, cache);
  const bandwidth = device.memoryBandwidth;
  const reached = ((weights + context) * speed.value) / bandwidth.value;
  const { runs } = deviceCorrection(device, students);
  const rate = `${formatNumber(bandwidth.value / 1e9)} GB/s`;
  const share = `${formatNumber(reached * 100)} %`;
  return {
    metric: "edge",
    title: "Speed on the device",
    formula: "memory bandwidth × share of it that is reached / bytes that a token reads",
    worked: `${rate} × ${share} / (${formatFileSize(weights)} + ${formatFileSize(context)}) = ${formatNumber(speed.value)} tok/s`,
    terms: [
      term("Memory bandwidth", rate, device.name, bandwidth.basis, "edge.device"),
      term(
        "Share reached",
        share,
        runs > 0
          ? `${formatCount(runs)} published ${runs === 1 ? "run" : "runs"} of llama.cpp on this device`
          : "published runs of llama.cpp on processors of this kind",
        speed.basis,
      ),
      term(
        "Weights of a token",
        formatFileSize(weights),
        `${file.type}, the embedding looked up`,
        "derived",
        "edge.weights",
      ),
      term(
        "Cache of a token",
        formatFileSize(context),
        `half of ${formatCount(contextTokens)} tokens filled`,
        "derived",
        "edge.contextTokens",
      ),
    ],
    interval:
      runs > 0
        ? "How far other models on a measured device lie from the mean of its runs."
        : "How far devices of this kind lie from the model when they are left out of it.",
  };
}

function stagesOf(chain: ChainEstimate, value: (stage: ChainStage) => string) {
  return chain.stages.map((stage) =>
    term(
      stage.label,
      value(stage),
      stage.usd === null
        ? formatHours(stage.hours.value)
        : `${formatHours(stage.hours.value)}, ${formatUsd(stage.usd.value)}`,
      stage.hours.basis,
      PATHS[stage.id],
    ),
  );
}

function explainTime(chain: ChainEstimate): Explanation {
  return {
    metric: "time",
    title: "From first to last",
    formula: "the stages' hours, one after another",
    worked: `${chain.stages.map(({ hours }) => formatHours(hours.value)).join(" + ")} = ${formatHours(chain.hours.value)}`,
    terms: stagesOf(chain, ({ hours }) => formatHours(hours.value)),
    interval: "The stages' own intervals, joined as if independent.",
  };
}

function explainUsd(chain: ChainEstimate, { teacher, student }: DistillEstimate): Explanation | null {
  if (chain.usd === null) return null;
  const offers = [
    ...(teacher
      ? [
          term(
            "Teacher's machines",
            formatCount(teacher.accelerators),
            `accelerators, ${teacher.offer}`,
            "plan",
            "cluster",
          ),
        ]
      : []),
    ...(student
      ? [
          term(
            "Student's machines",
            formatCount(student.accelerators),
            `accelerators, ${student.offer}`,
            "plan",
            "student.gpu",
          ),
        ]
      : []),
  ];
  return {
    metric: "usd",
    title: "Cost of the whole chain",
    formula: "for each stage: accelerators × $ an hour × hours",
    worked: `${chain.stages.map(({ usd }) => formatUsd(usd?.value ?? 0)).join(" + ")} = ${formatUsd(chain.usd.value)}`,
    terms: [...stagesOf(chain, ({ usd }) => (usd === null ? "unknown" : formatUsd(usd.value))), ...offers],
    interval:
      "The spread of providers' prices, 10 % to 90 %, and the intervals of the stages' hours, joined as if independent.",
  };
}

function explainDearest(chain: ChainEstimate): Explanation | null {
  const { usd } = chain;
  const [dearest] = chain.stages.toSorted((a, b) => (b.usd?.value ?? 0) - (a.usd?.value ?? 0));
  if (usd === null || !dearest?.usd) return null;
  return {
    metric: "dearest",
    title: "Most of the money",
    formula: "the stage that costs most / the whole chain",
    worked: `${formatUsd(dearest.usd.value)} / ${formatUsd(usd.value)} = ${formatShare(dearest.usd.value / usd.value)}`,
    terms: stagesOf(chain, (stage) => formatShare((stage.usd?.value ?? 0) / usd.value)),
    interval: "A share of the chain's cost; it has no interval of its own.",
  };
}

function explainLearns({ student: asked }: DistillPlan, { student }: DistillEstimate): Explanation | null {
  if (student === null) return null;
  const { trainedTokens, tokensPerSecond, utilization, hours, accelerators } = student;
  return {
    metric: "learns",
    title: "Training of the student",
    formula: "tokens over all epochs / tokens a second of all accelerators",
    worked: `${formatCount(trainedTokens)} / ${formatCount(tokensPerSecond.value)} a second = ${formatHours(hours.value)}`,
    terms: [
      term(
        "Tokens",
        formatCount(trainedTokens),
        `${formatCount(student.dataTokens)} of answers kept with their prompts, ${formatCount(asked.epochs)} epochs`,
        "plan",
        "student.epochs",
      ),
      term(
        "Tokens a second",
        formatCount(tokensPerSecond.value),
        `${formatCount(accelerators)} accelerators at ${formatShare(utilization)} of their 16-bit peak`,
        tokensPerSecond.basis,
        "student.gpu",
      ),
    ],
    interval: `Measured: ${STEP_ERRORS[asked.method]}. Several accelerators add links, from hidden behind the work to not at all.`,
  };
}

function sourcesOf(
  plan: DistillPlan,
  { model: { catalog }, students }: DistillFacts,
  device: EdgeDevice | undefined,
) {
  const { take, list } = sourceList(catalog);
  take(students.students.get(plan.student.id)?.source, "the student's shape");
  take(device?.usableMemory.source, "memory that the device leaves");
  take(device?.memoryBandwidth.source, "the device's memory bandwidth");
  for (const run of students.edgeMeasurements) {
    if (run.device === plan.edge.device) take(run.source, "speeds measured on the device");
  }
  takeDevice(catalog.accelerators.get(plan.cluster.accelerator ?? ""), take);
  takeDevice(catalog.accelerators.get(plan.student.gpu), take);
  takeRents(catalog, plan, take);
  return list();
}
