/** The words of a distillation's sentence, and what each may be changed to. */
import type { DistillPlan } from "../../../core/domain/distill-plan.ts";
import { formatCount, formatTokensShort } from "../../../core/units/format.ts";
import type { QuantityKind } from "../../../core/units/parse-quantity.ts";
import type { Directory, DistillDirectory } from "../../../../workers/api.ts";
import type { Names } from "../../plan/directory-names.ts";

export const DISTILL_NOUNS = [
  "teacher",
  "machine",
  "student",
  "samples",
  "prompt",
  "answer",
  "method",
  "gpus",
  "type",
  "device",
  "context",
] as const;
export type DistillNoun = (typeof DISTILL_NOUNS)[number];

/** The sentence's running words around its nouns. */
export const PIECES: readonly {
  readonly before: string;
  readonly noun: DistillNoun;
  readonly after: string;
}[] = [
  { before: "Distil ", noun: "teacher", after: "" },
  { before: " on ", noun: "machine", after: "" },
  { before: " into ", noun: "student", after: "" },
  { before: " with ", noun: "samples", after: "" },
  { before: " of ", noun: "prompt", after: "" },
  { before: " tokens and answers of ", noun: "answer", after: "" },
  { before: ", train it ", noun: "method", after: "" },
  { before: " on ", noun: "gpus", after: "," },
  { before: " run it as ", noun: "type", after: "" },
  { before: " on ", noun: "device", after: "" },
  { before: " with ", noun: "context", after: "" },
];

const METHODS = { full: "in full", lora: "with LoRA", qlora: "with QLoRA" } as const;

const shortType = (weights: string): string => weights.replace("gguf:", "");

/** 800000 → "800K prompts": counts in thousands, as people say them. */
function countWords(n: number): string {
  if (n >= 1e6 && n % 1e5 === 0) return `${formatCount(n / 1e6)}M`;
  if (n >= 1e3 && n % 1e3 === 0) return `${formatCount(n / 1e3)}K`;
  return formatCount(n);
}

export function describeDistill(
  plan: DistillPlan,
  names: Names,
  directory: DistillDirectory | null,
): Readonly<Record<DistillNoun, string>> {
  const { cluster, student, edge, job } = plan;
  const nameOf = (rows: readonly { readonly id: string; readonly name: string }[] | undefined, id: string) =>
    rows?.find((row) => row.id === id)?.name ?? id;
  const several = job.samplesPerPrompt > 1 ? `${formatCount(job.samplesPerPrompt)} answers each to ` : "";
  return {
    teacher: names.model(plan.model),
    machine:
      cluster.accelerator === undefined || cluster.acceleratorsPerNode === 0
        ? "the CPU alone"
        : `${formatCount(cluster.acceleratorsPerNode * cluster.nodes)} × ${names.accelerator(cluster.accelerator)}`,
    student: student.architecture === undefined ? nameOf(directory?.students, student.id) : student.id,
    samples: `${several}${countWords(job.samples)} prompts`,
    prompt: formatTokensShort(job.promptTokens),
    answer: formatTokensShort(job.answerTokens),
    method: METHODS[student.method],
    gpus: `${formatCount(student.count)} × ${names.accelerator(student.gpu)}`,
    type: shortType(edge.weights),
    device: nameOf(directory?.devices, edge.device),
    context: `${formatTokensShort(edge.contextTokens)} of context`,
  };
}

export interface DistillChoice {
  readonly key: string;
  readonly label: string;
  readonly remark?: string;
  readonly plan: DistillPlan;
  readonly current: boolean;
}

export interface DistillChoices {
  readonly title: string;
  readonly rows: readonly DistillChoice[];
  /** A number that can be typed. */
  readonly amount?: {
    readonly label: string;
    readonly kind: QuantityKind;
    readonly value: number;
    readonly put: (value: number) => DistillPlan;
  };
}

const withMethod = (plan: DistillPlan, method: DistillPlan["student"]["method"]): DistillPlan => {
  const { rank, ...student } = plan.student;
  return { ...plan, student: { ...student, method, ...(method === "full" ? {} : { rank: rank ?? 16 }) } };
};

/** Machines that one rents for a student: a few of the usual ones in the numbers of a node. */
const STUDENT_GPUS = [
  "h100-sxm",
  "h200-sxm",
  "a100-80-sxm",
  "b200-sxm",
  "l40s",
  "rtx-4090",
  "rtx-5090",
  "mi300x",
];
const STUDENT_COUNTS = [1, 2, 4, 8];

function numbers(
  plan: DistillPlan,
  title: string,
  label: string,
  kind: QuantityKind,
  values: readonly number[],
  value: number,
  put: (value: number) => DistillPlan,
): DistillChoices {
  const print = kind === "tokens" ? formatTokensShort : countWords;
  const steps = [...new Set([...values, value])].sort((a, b) => a - b);
  return {
    title,
    amount: { label, kind, value, put },
    rows: steps.map((n) => ({ key: String(n), label: print(n), plan: put(n), current: n === value })),
  };
}

/** What a noun may become; each row is a whole plan. */
export function distillChoices(
  noun: DistillNoun,
  plan: DistillPlan,
  directory: Directory,
  own: DistillDirectory,
): DistillChoices {
  const { job, student, edge } = plan;
  const row = (key: string, label: string, changed: DistillPlan, current: boolean, remark?: string) => ({
    ...{ key, label, plan: changed, current },
    ...(remark === undefined ? {} : { remark }),
  });
  const imported = { ...student };
  delete (imported as { architecture?: unknown }).architecture;
  switch (noun) {
    case "teacher":
      return {
        title: "Teacher",
        rows: directory.models.map(({ id, name }) =>
          row(id, name, { ...plan, model: id }, id === plan.model),
        ),
      };
    case "machine":
      return {
        title: "The teacher's nodes",
        rows: [1, 2, 4, 8].map((nodes) =>
          row(
            String(nodes),
            `${formatCount(nodes)} of them, a replica each`,
            {
              ...plan,
              cluster: { ...plan.cluster, nodes },
              teacher: { ...plan.teacher, layout: { ...plan.teacher.layout, replicas: nodes } },
            },
            nodes === plan.cluster.nodes,
          ),
        ),
      };
    case "student":
      return {
        title: "Student",
        rows: own.students.map(({ id, name }) =>
          row(
            id,
            name,
            { ...plan, student: { ...imported, id } },
            student.architecture === undefined && id === student.id,
          ),
        ),
      };
    case "samples":
      return numbers(
        plan,
        "Prompts",
        "prompts",
        "count",
        [10_000, 50_000, 100_000, 200_000, 800_000, 2_000_000],
        job.samples,
        (samples) => ({ ...plan, job: { ...job, samples } }),
      );
    case "prompt":
      return numbers(
        plan,
        "Prompt",
        "tokens",
        "tokens",
        [256, 512, 1024, 4096],
        job.promptTokens,
        (promptTokens) => ({ ...plan, job: { ...job, promptTokens } }),
      );
    case "answer":
      return numbers(
        plan,
        "Answer",
        "tokens",
        "tokens",
        [512, 1024, 2048, 4096, 8192, 16384],
        job.answerTokens,
        (answerTokens) => ({ ...plan, job: { ...job, answerTokens } }),
      );
    case "method":
      return {
        title: "How it learns",
        rows: (["full", "lora", "qlora"] as const).map((method) =>
          row(method, METHODS[method], withMethod(plan, method), method === student.method),
        ),
      };
    case "gpus":
      return {
        title: "Where it learns",
        rows: directory.accelerators
          .filter(({ id }) => STUDENT_GPUS.includes(id) || id === student.gpu)
          .flatMap(({ id, shortName }) =>
            STUDENT_COUNTS.map((count) =>
              row(
                `${id} ${count}`,
                `${count} × ${shortName}`,
                {
                  ...plan,
                  student: {
                    ...student,
                    gpu: id,
                    count,
                    globalBatch: Math.max(32, count * student.microBatch),
                  },
                },
                id === student.gpu && count === student.count,
              ),
            ),
          ),
      };
    case "type":
      return {
        title: "The student's file",
        rows: own.types.map((type) =>
          row(
            type,
            type,
            { ...plan, edge: { ...edge, weights: `gguf:${type}` } },
            edge.weights === `gguf:${type}`,
          ),
        ),
      };
    case "device":
      return {
        title: "Device",
        rows: own.devices.map(({ id, name }) =>
          row(id, name, { ...plan, edge: { ...edge, device: id } }, id === edge.device),
        ),
      };
    case "context":
      return numbers(
        plan,
        "Context on the device",
        "tokens",
        "tokens",
        [2048, 4096, 8192, 16384, 32768],
        edge.contextTokens,
        (contextTokens) => ({ ...plan, edge: { ...edge, contextTokens } }),
      );
  }
}
