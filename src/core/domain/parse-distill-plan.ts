/** From any JSON value to a distillation plan, or to the one thing that is wrong with it. */
import * as v from "valibot";
import type {
  DistillPlan,
  EdgePlan,
  JudgeJob,
  ServicePlan,
  StudentPlan,
  TeacherPlan,
} from "./distill-plan.ts";
import { distillSchema, type WrittenDistillPlan } from "./distill-schema.ts";
import { parsePlan } from "./parse-plan.ts";
import { checkHeader, checkId, describeIssue, dropUndefined } from "./plan-checks.ts";
import type { Plan } from "./plan.ts";
import type { PlanVocabulary } from "./plan-vocabulary.ts";
import type { Problem } from "./problem.ts";
import { fail, ok, type Result } from "./result.ts";

/** Fields of a serving plan that stand under `teacher`; the others stand where they do there. */
const TEACHER_FIELDS = new Set(["weights", "kvCache", "engine", "layout", "options", "speculative"]);

/**
 * Checks and completes a distillation plan. The teacher is read by the serving plan's own parser, so that
 * its defaults and refusals are the same.
 */
export function parseDistillPlan(input: unknown, vocabulary: PlanVocabulary): Result<DistillPlan, Problem> {
  const header = checkHeader(input, "distill");
  if (header) return fail(header);
  const parsed = v.safeParse(distillSchema, input, { abortEarly: true });
  if (!parsed.success) return fail(describeIssue(parsed.issues[0]));
  const written = parsed.output;
  const served = parsePlan(writtenTeacher(written), vocabulary);
  if (!served.ok) return fail(underTeacher(served.error));
  const wrong = checkStudent(written, vocabulary);
  return wrong ? fail(wrong) : ok(complete(written, served.value));
}

/** The serving plan that the teacher's job runs on, for the serving model to judge. */
export function servingPlanOf(plan: DistillPlan, concurrency: number): Plan {
  return {
    version: 1,
    goal: "serve",
    model: plan.model,
    ...plan.teacher,
    cluster: plan.cluster,
    workload: {
      inputTokens: plan.job.promptTokens,
      outputTokens: plan.job.answerTokens,
      concurrency,
      prefixHitRate: 0,
    },
    slo: {},
    ...(plan.price ? { price: plan.price } : {}),
    ...(plan.target ? { target: plan.target } : {}),
  };
}

/** What a judge reads and says where nothing else is known: a whole sample with its rubric, a short verdict. */
export const DEFAULT_JUDGE: JudgeJob = { inputTokens: 5120, outputTokens: 64, repeats: 1 };

/** The distillation that someone who looks at a serving plan is likely to ask about: the same server answers. */
export function distillOf(plan: Plan): DistillPlan {
  const { weights, engine, layout, options, speculative } = plan;
  return dropUndefined({
    version: 1,
    goal: "distill",
    model: plan.model,
    cluster: plan.cluster,
    teacher: { weights, kvCache: plan.kvCache, engine, layout, options, speculative },
    job: {
      samples: 100_000,
      promptTokens: 512,
      answerTokens: 4096,
      samplesPerPrompt: 1,
      acceptanceRate: 0.75,
    },
    student: completeStudent({ id: "qwen3-8b", method: "full", gpu: "h100-sxm", count: 8 }),
    edge: completeEdge({ device: "iphone-17-pro", weights: "gguf:Q4_K_M" }),
    service: completeService({}),
    price: plan.price,
  }) as DistillPlan;
}

function writtenTeacher(plan: WrittenDistillPlan): unknown {
  const { promptTokens, answerTokens } = plan.job;
  return dropUndefined({
    version: 1,
    goal: "serve",
    model: plan.model,
    cluster: plan.cluster,
    ...plan.teacher,
    workload: { inputTokens: promptTokens, outputTokens: answerTokens, concurrency: 1 },
  });
}

/** A problem of the teacher's serving plan, by the path that its field has here. */
export function underTeacher({ path, problem }: Problem): Problem {
  const [field = ""] = path.split(".");
  return { path: TEACHER_FIELDS.has(field) ? `teacher.${path}` : path, problem };
}

function checkStudent(plan: WrittenDistillPlan, vocabulary: PlanVocabulary): Problem | undefined {
  if (plan.student.method === "full" && plan.student.rank !== undefined)
    return { path: "student.rank", problem: "full fine-tuning has no adapters" };
  return (
    checkId("student.gpu", plan.student.gpu, vocabulary.accelerators) ??
    checkId("edge.weights", plan.edge.weights, vocabulary.weights) ??
    checkEdge(plan)
  );
}

function checkEdge({ edge, student: { architecture } }: WrittenDistillPlan): Problem | undefined {
  if (!edge.weights.startsWith("gguf:") || edge.weights === "gguf:custom")
    return { path: "edge.weights", problem: 'expected a type of llama.cpp such as "gguf:Q4_K_M"' };
  if (architecture !== undefined && architecture.headCount % architecture.kvHeadCount !== 0)
    return { path: "student.architecture.kvHeadCount", problem: "must divide headCount" };
  return undefined;
}

function complete(plan: WrittenDistillPlan, served: Plan): DistillPlan {
  const { weights, engine, layout, options, speculative } = served;
  const teacher = { weights, kvCache: served.kvCache, engine, layout, options, speculative };
  return dropUndefined({
    version: 1,
    goal: "distill",
    model: served.model,
    cluster: served.cluster,
    teacher: teacher as TeacherPlan,
    job: {
      ...plan.job,
      samplesPerPrompt: plan.job.samplesPerPrompt ?? 1,
      acceptanceRate: plan.job.acceptanceRate ?? 1,
    },
    student: completeStudent(plan.student),
    edge: completeEdge(plan.edge),
    service: completeService(plan.service ?? {}, plan.job),
    price: plan.price,
    target: plan.target,
  }) as DistillPlan;
}

/** Usual settings of a first run: packed, with recomputation, the loss fused. */
function completeStudent(written: WrittenDistillPlan["student"]): StudentPlan {
  const method = written.method ?? "lora";
  const accelerators = written.count ?? 1;
  const microBatch = written.microBatch ?? 1;
  const together = accelerators * microBatch;
  return {
    ...written,
    method,
    ...(method === "full" ? {} : { rank: written.rank ?? 16 }),
    count: accelerators,
    epochs: written.epochs ?? 2,
    sequenceTokens: written.sequenceTokens ?? 8192,
    microBatch,
    globalBatch: written.globalBatch ?? together * Math.ceil(Math.max(32, together) / together),
    recompute: written.recompute ?? true,
    optimizer: written.optimizer ?? "adamw",
    fusedLoss: written.fusedLoss ?? true,
    packing: written.packing ?? true,
  } as StudentPlan;
}

function completeEdge(written: WrittenDistillPlan["edge"]): EdgePlan {
  return {
    ...written,
    imatrix: written.imatrix ?? false,
    contextTokens: written.contextTokens ?? 8192,
    cache: written.cache ?? "f16",
  };
}

/** Absent: a thousand requests a day like those that the student learns from. */
function completeService(
  written: NonNullable<WrittenDistillPlan["service"]>,
  job: { readonly promptTokens: number; readonly answerTokens: number } = {
    promptTokens: 512,
    answerTokens: 4096,
  },
): ServicePlan {
  return {
    requestsPerDay: written.requestsPerDay ?? 1000,
    promptTokens: written.promptTokens ?? job.promptTokens,
    answerTokens: written.answerTokens ?? job.answerTokens,
  };
}
