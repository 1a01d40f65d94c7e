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

/** The sentence as plain text, without its full stop. */
export function chainText(plan: DistillPlan, names: Names, directory: DistillDirectory | null): string {
  const words = describeDistill(plan, names, directory);
  return PIECES.map(({ before, noun, after }) => before + words[noun] + after).join("");
}

export interface DistillChoice {
  readonly key: string;
  readonly label: string;
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

interface Choosing {
  readonly plan: DistillPlan;
  readonly directory: Directory;
  readonly own: DistillDirectory;
}

const row = (key: string, label: string, plan: DistillPlan, current: boolean): DistillChoice => ({
  key,
  label,
  plan,
  current,
});

/** The student without an imported architecture: a base of the catalog takes its place. */
function ofCatalog({ architecture: _imported, ...student }: DistillPlan["student"]): DistillPlan["student"] {
  return student;
}

const TEACHER_CHOICES = {
  teacher: ({ plan, directory }: Choosing): DistillChoices => ({
    title: "Teacher",
    rows: directory.models.map(({ id, name }) => row(id, name, { ...plan, model: id }, id === plan.model)),
  }),
  machine: ({ plan }: Choosing): DistillChoices => ({
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
  }),
  samples: ({ plan }: Choosing): DistillChoices =>
    numbers(
      plan,
      "Prompts",
      "prompts",
      "count",
      [10_000, 50_000, 100_000, 200_000, 800_000, 2_000_000],
      plan.job.samples,
      (samples) => ({ ...plan, job: { ...plan.job, samples } }),
    ),
  prompt: ({ plan }: Choosing): DistillChoices =>
    numbers(
      plan,
      "Prompt",
      "tokens",
      "tokens",
      [256, 512, 1024, 4096],
      plan.job.promptTokens,
      (promptTokens) => ({ ...plan, job: { ...plan.job, promptTokens } }),
    ),
  answer: ({ plan }: Choosing): DistillChoices =>
    numbers(
      plan,
      "Answer",
      "tokens",
      "tokens",
      [512, 1024, 2048, 4096, 8192, 16384],
      plan.job.answerTokens,
      (answerTokens) => ({ ...plan, job: { ...plan.job, answerTokens } }),
    ),
};

const STUDENT_CHOICES = {
  student: ({ plan, own }: Choosing): DistillChoices => ({
    title: "Student",
    rows: own.students.map(({ id, name }) =>
      row(
        id,
        name,
        { ...plan, student: { ...ofCatalog(plan.student), id } },
        plan.student.architecture === undefined && id === plan.student.id,
      ),
    ),
  }),
  method: ({ plan }: Choosing): DistillChoices => ({
    title: "How it learns",
    rows: (["full", "lora", "qlora"] as const).map((method) =>
      row(method, METHODS[method], withMethod(plan, method), method === plan.student.method),
    ),
  }),
  gpus: ({ plan, directory }: Choosing): DistillChoices => ({
    title: "Where it learns",
    rows: directory.accelerators
      .filter(({ id }) => STUDENT_GPUS.includes(id) || id === plan.student.gpu)
      .flatMap(({ id, shortName }) =>
        STUDENT_COUNTS.map((count) =>
          row(
            `${id} ${count}`,
            `${count} × ${shortName}`,
            {
              ...plan,
              student: {
                ...plan.student,
                gpu: id,
                count,
                globalBatch: Math.max(32, count * plan.student.microBatch),
              },
            },
            id === plan.student.gpu && count === plan.student.count,
          ),
        ),
      ),
  }),
};

const EDGE_CHOICES = {
  type: ({ plan, own }: Choosing): DistillChoices => ({
    title: "The student's file",
    rows: own.types.map((type) =>
      row(
        type,
        type,
        { ...plan, edge: { ...plan.edge, weights: `gguf:${type}` } },
        plan.edge.weights === `gguf:${type}`,
      ),
    ),
  }),
  device: ({ plan, own }: Choosing): DistillChoices => ({
    title: "Device",
    rows: own.devices.map(({ id, name }) =>
      row(id, name, { ...plan, edge: { ...plan.edge, device: id } }, id === plan.edge.device),
    ),
  }),
  context: ({ plan }: Choosing): DistillChoices =>
    numbers(
      plan,
      "Context on the device",
      "tokens",
      "tokens",
      [2048, 4096, 8192, 16384, 32768],
      plan.edge.contextTokens,
      (contextTokens) => ({ ...plan, edge: { ...plan.edge, contextTokens } }),
    ),
};

const CHOICES: Readonly<Record<DistillNoun, (choosing: Choosing) => DistillChoices>> = {
  ...TEACHER_CHOICES,
  ...STUDENT_CHOICES,
  ...EDGE_CHOICES,
};

/** What a noun may become; each row is a whole plan. */
export function distillChoices(
  noun: DistillNoun,
  plan: DistillPlan,
  directory: Directory,
  own: DistillDirectory,
): DistillChoices {
  return CHOICES[noun]({ plan, directory, own });
}
