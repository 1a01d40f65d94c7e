/** The report of a distillation: teacher, data, student, the file on devices, and when it has paid for itself. */
import type {
  ChainEstimate,
  ChainStageId,
  DistillEstimate,
  EdgeEstimate,
  EdgeRow,
  ServiceEstimate,
  StudentEstimate,
} from "../../core/domain/distill-estimate.ts";
import type { DistillPlan } from "../../core/domain/distill-plan.ts";
import {
  formatCount,
  formatFileSize,
  formatFixed,
  formatGib,
  formatHours,
  formatNumber,
  formatShare,
  formatUsd,
} from "../../core/units/format.ts";
import {
  breakEvenFinding,
  dearestStage,
  payoffName,
  STAGE_HUES,
  studentFinding,
  teacherFinding,
  usdOfRequest,
} from "../findings/distill-findings.ts";
import { tokensWord } from "../findings/finetune-findings.ts";
import { capitalised, counted, rounded } from "../findings/words.ts";
import { studentParts } from "../student-parts.ts";
import {
  intervalText,
  numberOf,
  startText,
  warningsFirst,
  withoutStop,
  withRest,
  type Report,
  type ReportNumber,
  type ReportTable,
} from "./report-document.ts";

const MOST_DEVICES = 6;

export function distillReport(plan: DistillPlan, estimate: DistillEstimate): Report {
  const { fits, chain, student, edge, service } = estimate;
  return {
    goal: "distill",
    fits,
    word: fits ? "Works" : "Does not work",
    numbers: numbersOf(estimate),
    problems: estimate.infeasible.map(({ message }) => message),
    limit: moneyOf(estimate),
    tables: [
      ...(chain ? [chainOf(chain, estimate)] : []),
      ...(student ? [studentOf(student)] : []),
      devicesOf(edge),
      ...(service ? [waysOf(service)] : []),
      ...(service && service.breakEven.length > 0 ? [payoffsOf(service)] : []),
    ],
    assumptions: assumptionsOf(plan, estimate),
    notes: warningsFirst(estimate.notes).map((note) => ({ ...note, message: capitalised(note.message) })),
  };
}

function numbersOf({ chain, teacher, student, edge, service }: DistillEstimate): readonly ReportNumber[] {
  const pays = service?.breakEven.find(({ student: on }) => on === "users-devices");
  return [
    ...numberOf("for the whole chain", "usd", chain?.usd),
    ...numberOf("from first to last", "hours", chain?.hours),
    ...numberOf("the teacher writes", "hours", teacher?.hours),
    ...numberOf("the student learns", "hours", student?.hours),
    ...numberOf(`on ${edge.chosen.name}`, "rate", edge.chosen.tokensPerSecond),
    ...numberOf("requests to break even", "count", pays?.requests),
  ];
}

function moneyOf({ chain, teacher }: DistillEstimate): string | null {
  const dearest = chain ? dearestStage(chain) : null;
  if (dearest === null) return null;
  const bought = teacher === null ? "" : ` ${teacherFinding(teacher)}`;
  return `Most of the money goes to ${dearest.label}, ${dearest.share} of it.${bought}`;
}

/** What a stage leaves behind. */
function makes(id: ChainStageId, { teacher, judge, student, edge }: DistillEstimate): string {
  if (id === "teacher") return teacher ? tokensWord(teacher.outputTokens) : "";
  if (id === "judge") return judge ? `${formatCount(judge.requests)} verdicts` : "";
  return id === "student"
    ? student
      ? `${formatFileSize(student.resultBytes)} of ${tokensWord(student.trainedTokens)}`
      : ""
    : `${edge.file.type}, ${formatFileSize(edge.file.bytes)}`;
}

function chainOf(chain: ChainEstimate, estimate: DistillEstimate): ReportTable {
  const longest = Math.max(...chain.stages.map(({ hours }) => hours.value));
  const money = (usd: ChainEstimate["usd"]) =>
    usd ? [formatUsd(usd.value), intervalText("usd", usd)] : ["unknown", "–"];
  return {
    name: "Chain",
    head: ["Stage", "makes", "starts after", "time", "80 % interval", "cost", "80 % interval", "basis"],
    rows: [
      ...chain.stages.map(({ id, label, startHours, hours, usd }) => ({
        cells: [
          label,
          makes(id, estimate),
          startText(startHours),
          formatHours(hours.value),
          intervalText("hours", hours),
          ...money(usd),
          hours.basis,
        ],
        bar: longest > 0 ? hours.value / longest : 0,
        hue: STAGE_HUES[id],
      })),
      {
        cells: [
          "In all",
          "",
          "",
          formatHours(chain.hours.value),
          intervalText("hours", chain.hours),
          ...money(chain.usd),
          chain.hours.basis,
        ],
      },
    ],
    wide: true,
  };
}

function studentOf(student: StudentEstimate): ReportTable {
  const { memory } = student;
  const row = (name: string, bytes: number) => ({ cells: [name, formatGib(bytes)] });
  return {
    name: "Student",
    lead: withoutStop(studentFinding(student)),
    head: [`GiB on each of ${counted(student.accelerators, "accelerator")}`, ""],
    rows: [
      ...studentParts(memory).map(({ name, hue, bytes }) => ({
        ...row(name, bytes),
        bar: bytes / memory.total,
        hue,
      })),
      row("Total", memory.total),
      row("Capacity", memory.capacity),
    ],
  };
}

/** The plan's device first, then its kind, then the others; those that hold the file before those that do not, fastest first. */
function devicesOf({ chosen, rows, file, contextTokens }: EdgeEstimate): ReportTable {
  const gb = (bytes: number) => formatFixed(bytes / 1e9, 1);
  const speed = ({ tokensPerSecond }: EdgeRow) => tokensPerSecond?.value ?? 0;
  const others = rows
    .filter(({ device }) => device !== chosen.device)
    .toSorted(
      (a, b) =>
        Number(b.kind === chosen.kind) - Number(a.kind === chosen.kind) ||
        Number(b.fits) - Number(a.fits) ||
        speed(b) - speed(a),
    );
  return {
    name: "Devices",
    lead: `${file.type} takes ${formatFileSize(file.bytes)}; with ${formatCount(contextTokens)} tokens of context`,
    head: ["", "needs of GB", "context", "tok/s", "80 % interval"],
    rows: withRest(
      [chosen, ...others].map((row) => ({
        cells: [
          row.name,
          `${gb(row.neededBytes)} of ${gb(row.usableBytes)}`,
          row.contextTokens === 0 ? "none" : formatCount(row.contextTokens),
          row.tokensPerSecond ? formatNumber(row.tokensPerSecond.value) : "does not fit",
          row.tokensPerSecond ? intervalText("rate", row.tokensPerSecond) : "",
        ],
      })),
      "devices",
      MOST_DEVICES,
    ),
  };
}

function waysOf(service: ServiceEstimate): ReportTable {
  return {
    name: "Service",
    lead: `A request of ${formatCount(service.promptTokens)} tokens in and ${formatCount(service.answerTokens)} out, answered by each way`,
    head: ["", "$ a request", "$ at the start"],
    rows: service.ways.map(({ label, usdPerRequest, usdAtStart }) => ({
      cells: [label, usdPerRequest ? usdOfRequest(usdPerRequest.value) : "unknown", formatUsd(usdAtStart)],
    })),
  };
}

function payoffsOf(service: ServiceEstimate): ReportTable {
  return {
    name: "Break-even",
    lead: withoutStop(breakEvenFinding(service)),
    head: ["", "after requests", "80 % interval", "days"],
    rows: service.breakEven.map((pay) => ({
      cells: [
        payoffName(pay),
        pay.requests ? rounded(pay.requests.value) : "never",
        pay.requests ? intervalText("count", pay.requests) : "",
        pay.days === null ? "" : formatNumber(pay.days),
      ],
    })),
  };
}

function assumptionsOf(plan: DistillPlan, estimate: DistillEstimate): readonly string[] {
  const { job, student, edge, service } = plan;
  const { teacher, student: learnt } = estimate;
  return [
    `Data: ${counted(job.samples, "prompt")} of ${formatCount(job.promptTokens)} tokens, ${counted(job.samplesPerPrompt, "answer")} of ${formatCount(job.answerTokens)} each; ${formatShare(job.acceptanceRate)} of the answers are kept.`,
    ...(teacher
      ? [
          `Teacher: ${formatCount(teacher.concurrency)} requests in flight on ${counted(teacher.accelerators, "accelerator")}, ${formatShare(teacher.prefixHitRate)} of the prompts in the prefix cache; price: ${teacher.offer}.`,
        ]
      : []),
    `Student: ${student.method}${student.rank === undefined ? "" : ` of rank ${student.rank}`}, ${counted(student.epochs, "epoch")} in sequences of ${formatCount(student.sequenceTokens)}, ${student.optimizer}${student.recompute ? ", activations computed again" : ""}${learnt ? `; price: ${learnt.offer}` : ""}.`,
    `Device: a cache of ${edge.cache}, half of the context filled, one answer at a time.`,
    `Service: ${formatNumber(service.requestsPerDay)} requests a day; the teacher is charged at full use, users’ own devices cost nothing a request.`,
  ];
}
