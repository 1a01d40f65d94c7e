/** The distillation's one door: teacher, judge, student, edge, the whole chain and when it pays. */
import type { Catalog } from "../../domain/catalog.ts";
import type { DenseArchitecture } from "../../domain/dense-architecture.ts";
import type {
  ChainEstimate,
  ChainStage,
  DistillEstimate,
  EdgeEstimate,
  StudentEstimate,
  TeacherEstimate,
} from "../../domain/distill-estimate.ts";
import type { DistillPlan } from "../../domain/distill-plan.ts";
import type { Note } from "../../domain/estimate.ts";
import type { Infeasible } from "../../domain/infeasible.ts";
import { servingPlanOf } from "../../domain/parse-distill-plan.ts";
import { checkId } from "../../domain/plan-checks.ts";
import type { Problem } from "../../domain/problem.ts";
import type { Ranged } from "../../domain/provenance.ts";
import type { StudentFacts } from "../../domain/student.ts";
import { ggufFileType } from "../../tensors/gguf-mixes.ts";
import { formatShare } from "../../units/format.ts";
import type { ModelFacts } from "../evaluate.ts";
import { edgeCacheBytes, edgeFile, edgeFiles, edgeRow, tooBigForDevice, type EdgeAsk } from "./edge.ts";
import { exactly, product, scaled, total } from "../ranges.ts";
import { estimateService } from "./service.ts";
import { STEP_ERRORS } from "./student-training.ts";
import { estimateStudent, type StudentData } from "./student.ts";
import { bestLoad, estimateTeacherJob, type JobShape } from "./teacher-job.ts";

export interface DistillFacts {
  /** Of the teacher's accelerator. */
  readonly model: ModelFacts;
  readonly students: StudentFacts;
}

/** Ids that only the students' tables can check; the plan's other ids are the parser's. */
export function checkDistillIds(plan: DistillPlan, { students, devices }: StudentFacts): Problem | undefined {
  const { student, edge } = plan;
  const unknown =
    (student.architecture === undefined ? checkId("student.id", student.id, students) : undefined) ??
    checkId("edge.device", edge.device, devices);
  if (unknown) return unknown;
  if (ggufFileType(edge.weights) === null)
    return { path: "edge.weights", problem: `llama.cpp makes no type ${JSON.stringify(edge.weights)}` };
  return undefined;
}

/** The teacher's answers as a job. */
export function teacherJobOf({ job }: DistillPlan): JobShape {
  const requests = job.samples * job.samplesPerPrompt;
  return {
    requests,
    inputTokens: job.promptTokens,
    outputTokens: job.answerTokens,
    repeats: job.samplesPerPrompt,
    sharedTokens: job.sharedTokens ?? 0,
    kept: Math.round(requests * job.acceptanceRate),
    ...(job.concurrency === undefined ? {} : { concurrency: job.concurrency }),
  };
}

/** Every answer judged, as often as the plan says. */
function judgeJobOf({ job }: DistillPlan): JobShape | null {
  const { judge } = job;
  if (judge === undefined) return null;
  const answers = job.samples * job.samplesPerPrompt;
  return {
    requests: answers * judge.repeats,
    inputTokens: judge.inputTokens,
    outputTokens: judge.outputTokens,
    repeats: judge.repeats,
    sharedTokens: judge.sharedTokens ?? 0,
    kept: Math.round(answers * job.acceptanceRate),
  };
}

/** Merging, converting and quantizing read and write the weights; the rate is a disk's and a few cores'. */
const EXPORT_BYTES_PER_SECOND = { value: 0.3e9, low: 0.1e9, high: 1e9, basis: "assumed" } as const;

/**
 * Everything the model says of a distillation. Pure and deterministic; plain data.
 *
 * Throws: a bug only, for ids that `checkDistillIds` refuses.
 */
export function evaluateDistill(plan: DistillPlan, facts: DistillFacts): DistillEstimate {
  const { catalog } = facts.model;
  const { name, architecture } = studentOf(plan, facts.students);
  const notes: Note[] = [];
  const infeasible: Infeasible[] = [];
  const teacher = runJob(plan, teacherJobOf(plan), facts, infeasible, notes);
  const judgeJob = judgeJobOf(plan);
  const judge = judgeJob === null ? null : judged(plan, judgeJob, facts, infeasible, notes);
  const data: StudentData = {
    samples: teacherJobOf(plan).kept,
    tokensPerSample: plan.job.promptTokens + plan.job.answerTokens,
  };
  const trained = estimateStudent(plan, name, architecture, data, catalog);
  if (!trained.ok) infeasible.push(trained.error);
  else infeasible.push(...trained.value.infeasible);
  const student = trained.ok ? trained.value.estimate : null;
  const edge = estimateEdge(plan, architecture, facts.students);
  if (!edge.chosen.fits) infeasible.push(tooBigForDevice(edge));
  // A stage that cannot be told leaves no chain: a sum without it would be too small.
  const told = judgeJob === null || judge !== null;
  const chain = told ? teacher && student && chainOf(plan, teacher, judge, student, edge) : null;
  notes.push(...notesOf(plan, student, architecture));
  return {
    fits: infeasible.length === 0,
    infeasible,
    teacher,
    judge,
    student,
    edge,
    chain,
    service: serviceOf(plan, facts, chain, edge, catalog),
    notes,
  };
}

/** Name and shape of the plan's student: of the table, or of its own file. */
export function studentOf(
  { student }: DistillPlan,
  facts: StudentFacts,
): { name: string; architecture: DenseArchitecture } {
  if (student.architecture !== undefined) return { name: student.id, architecture: student.architecture };
  const known = facts.students.get(student.id);
  if (!known) throw new Error(`no student ${student.id}: checkDistillIds should have refused it`);
  return known;
}

function runJob(
  plan: DistillPlan,
  job: JobShape,
  facts: DistillFacts,
  infeasible: Infeasible[],
  notes: Note[],
): TeacherEstimate | null {
  const served = servingPlanOf(plan, 1);
  const point = bestLoad(served, job, facts.model);
  const estimate = estimateTeacherJob(point, served, job);
  if (!point.estimate.fits) infeasible.push(...point.estimate.infeasible);
  else if (estimate === null)
    notes.push(...point.estimate.notes.filter(({ message }) => message.startsWith("speed cannot be told")));
  return estimate;
}

/** The judge's job on the same machines; what it lacks is told beside what the answers lack, once. */
function judged(
  plan: DistillPlan,
  job: JobShape,
  facts: DistillFacts,
  infeasible: Infeasible[],
  notes: Note[],
): TeacherEstimate | null {
  const [reasons, remarks]: [Infeasible[], Note[]] = [[], []];
  const judge = runJob(plan, job, facts, reasons, remarks);
  const isNew = <T extends { readonly message: string }>(known: readonly T[]) => {
    const told = new Set(known.map(({ message }) => message));
    return ({ message }: T) => !told.has(message);
  };
  const lacking = reasons.filter(isNew(infeasible));
  infeasible.push(...lacking.map((reason) => ({ ...reason, message: `For the judge: ${reason.message}` })));
  notes.push(...remarks.filter(isNew(notes)));
  return judge;
}

function estimateEdge(plan: DistillPlan, architecture: DenseArchitecture, facts: StudentFacts): EdgeEstimate {
  const { edge } = plan;
  const type = ggufFileType(edge.weights);
  const device = facts.devices.get(edge.device);
  if (type === null || !device) throw new Error("checkDistillIds should have refused the plan's edge");
  const { imatrix, contextTokens, cache } = edge;
  const ask: EdgeAsk = { architecture, type, imatrix, contextTokens, cache };
  return {
    file: edgeFile(architecture, type, imatrix),
    cacheBytesPerToken:
      edgeCacheBytes(architecture, architecture.maxContextTokens, cache) / architecture.maxContextTokens,
    contextTokens,
    chosen: edgeRow(device, ask, facts),
    rows: [...facts.devices.values()].map((one) => edgeRow(one, ask, facts)),
    files: edgeFiles(architecture, imatrix),
  };
}

/** One stage after the other: the student cannot learn from answers that are not there yet. */
function chainOf(
  plan: DistillPlan,
  teacher: TeacherEstimate,
  judge: TeacherEstimate | null,
  student: StudentEstimate,
  edge: EdgeEstimate,
): ChainEstimate {
  const moved = 3 * 2 * student.parameters + edge.file.bytes;
  const exported = product(exactly(moved / 3600), {
    ...EXPORT_BYTES_PER_SECOND,
    value: 1 / EXPORT_BYTES_PER_SECOND.value,
    low: 1 / EXPORT_BYTES_PER_SECOND.high,
    high: 1 / EXPORT_BYTES_PER_SECOND.low,
  });
  const nodeHour = student.usd === null ? null : scaled(student.usd, 1 / student.hours.value);
  const parts: readonly Omit<ChainStage, "startHours">[] = [
    { id: "teacher", label: "Teacher answers", hours: teacher.hours, usd: teacher.usd },
    ...(judge === null
      ? []
      : [{ id: "judge" as const, label: "Teacher judges", hours: judge.hours, usd: judge.usd }]),
    { id: "student", label: "Student learns", hours: student.hours, usd: student.usd },
    {
      id: "export",
      label: plan.student.method === "full" ? "Convert and quantize" : "Merge, convert and quantize",
      hours: exported,
      usd:
        nodeHour === null
          ? null
          : product(exported, { ...nodeHour, low: nodeHour.value, high: nodeHour.value }),
    },
  ];
  let start = 0;
  const stages = parts.map((part): ChainStage => {
    const stage = { ...part, startHours: start };
    start += part.hours.value;
    return stage;
  });
  const costs = stages.map(({ usd }) => usd);
  const known = costs.filter((usd): usd is Ranged => usd !== null);
  return {
    stages,
    hours: total(stages.map(({ hours }) => hours)),
    usd: known.length === costs.length ? total(known) : null,
  };
}

function serviceOf(
  plan: DistillPlan,
  facts: DistillFacts,
  chain: ChainEstimate | null,
  edge: EdgeEstimate,
  catalog: Catalog,
) {
  const device = facts.students.devices.get(plan.edge.device);
  if (!device) return null;
  const { requestsPerDay, promptTokens, answerTokens } = plan.service;
  const day: JobShape = {
    requests: Math.max(1, Math.round(requestsPerDay)),
    inputTokens: promptTokens,
    outputTokens: answerTokens,
    repeats: 1,
    sharedTokens: 0,
    kept: 0,
  };
  // At full use: as if enough requests came at once.
  const full = { ...day, requests: Math.max(day.requests, 100_000) };
  const teacherDay = runJob(plan, full, facts, [], []);
  return estimateService(plan.service, {
    chainUsd: chain?.usd ?? null,
    teacherDay,
    device,
    row: edge.chosen,
    ownership: catalog.ownership,
  });
}

function notesOf(plan: DistillPlan, student: StudentEstimate | null, a: DenseArchitecture): Note[] {
  const notes: Note[] = [];
  if (student !== null && student.cutShare > 0.005)
    notes.push({
      kind: "warning",
      path: "student.sequenceTokens",
      message: `samples of ${plan.job.promptTokens + plan.job.answerTokens} tokens are cut at ${plan.student.sequenceTokens}: ${formatShare(student.cutShare)} of what the teacher wrote is not learned from`,
    });
  if (plan.student.sequenceTokens > a.maxContextTokens)
    notes.push({
      kind: "warning",
      path: "student.sequenceTokens",
      message: `the student was made for ${a.maxContextTokens} tokens, and learns from sequences of ${plan.student.sequenceTokens}`,
    });
  if (student !== null) notes.push({ kind: "information", message: STEP_ERRORS[plan.student.method] });
  notes.push({
    kind: "assumption",
    message:
      "lengths are counted in the teacher's tokens: the student's tokenizer may need some percent more or fewer",
  });
  return notes;
}
