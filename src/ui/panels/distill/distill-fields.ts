/** Every field of a distillation that the sentence does not carry, as rows of a form. */
import type { DistillPlan } from "../../../core/domain/distill-plan.ts";
import { DEFAULT_JUDGE } from "../../../core/domain/parse-distill-plan.ts";
import { amountsOf, options, type FieldGroup } from "../../plan/form-fields.ts";

function teacherGroup(plan: DistillPlan): FieldGroup<DistillPlan> {
  const { job } = plan;
  const put = (changed: DistillPlan["job"]): DistillPlan => ({ ...plan, job: changed });
  const { judge, ...answers } = job;
  return {
    title: "The teacher’s job",
    amounts: [
      ...amountsOf(
        "job",
        job,
        [
          ["samplesPerPrompt", "answers a prompt", "count"],
          ["acceptanceRate", "share that passes the filter", "ratio"],
          ["sharedTokens", "tokens that all prompts share", "tokens"],
          ["concurrency", "requests in flight, empty for the cheapest", "count"],
        ],
        put,
      ),
      ...(judge === undefined
        ? []
        : amountsOf(
            "job.judge",
            judge,
            [
              ["inputTokens", "tokens that a judgement reads", "tokens"],
              ["outputTokens", "tokens of a verdict", "tokens"],
              ["repeats", "verdicts an answer", "count"],
              ["sharedTokens", "tokens that all of them share", "tokens"],
            ],
            (changed) => put({ ...answers, judge: changed }),
          )),
    ],
    choices: [],
    switches: [
      {
        path: "job.judge",
        label: "The teacher judges every answer",
        on: judge !== undefined,
        put: (on) => put(on ? { ...answers, judge: DEFAULT_JUDGE } : answers),
      },
    ],
  };
}

function studentGroup(plan: DistillPlan): FieldGroup<DistillPlan> {
  const { student } = plan;
  const put = (changed: DistillPlan["student"]): DistillPlan => ({ ...plan, student: changed });
  return {
    title: "The student’s training",
    amounts: amountsOf(
      "student",
      student,
      [
        ...(student.method === "full" ? [] : ([["rank", "rank of the adapters", "count"]] as const)),
        ["epochs", "epochs", "ratio"],
        ["sequenceTokens", "tokens of a sequence", "tokens"],
        ["microBatch", "sequences a pass", "count"],
        ["globalBatch", "sequences a step", "count"],
      ],
      put,
    ),
    choices: [
      {
        path: "student.optimizer",
        label: "optimizer",
        value: student.optimizer,
        options: options([
          ["adamw", "AdamW, 32-bit"],
          ["adamw-8bit", "AdamW, 8-bit moments"],
          ["adamw-bf16", "AdamW, all in 16 bits"],
        ]),
        put: (value) => put({ ...student, optimizer: value as DistillPlan["student"]["optimizer"] }),
      },
    ],
    switches: [
      ["recompute", "Compute activations again"] as const,
      ["fusedLoss", "Fused loss"] as const,
      ["packing", "Pack short samples"] as const,
    ].map(([key, label]) => ({
      path: `student.${key}`,
      label,
      on: student[key],
      put: (on: boolean) => put({ ...student, [key]: on }),
    })),
  };
}

function edgeGroup(plan: DistillPlan): FieldGroup<DistillPlan> {
  const { edge, service } = plan;
  return {
    title: "The device, and what the student is for",
    amounts: amountsOf(
      "service",
      service,
      [
        ["requestsPerDay", "requests a day", "count"],
        ["promptTokens", "tokens of a request", "tokens"],
        ["answerTokens", "tokens of an answer", "tokens"],
      ],
      (changed) => ({ ...plan, service: changed }),
    ),
    choices: [
      {
        path: "edge.cache",
        label: "cache",
        value: edge.cache,
        options: options([
          ["f16", "f16"],
          ["q8_0", "q8_0"],
          ["q4_0", "q4_0"],
        ]),
        put: (value) => ({ ...plan, edge: { ...edge, cache: value as DistillPlan["edge"]["cache"] } }),
      },
    ],
    switches: [
      {
        path: "edge.imatrix",
        label: "With an importance matrix",
        on: edge.imatrix,
        put: (on) => ({ ...plan, edge: { ...edge, imatrix: on } }),
      },
    ],
  };
}

export const fieldGroups = (plan: DistillPlan): readonly FieldGroup<DistillPlan>[] => [
  teacherGroup(plan),
  studentGroup(plan),
  edgeGroup(plan),
];
