/** A distillation's estimate for people: the chain first, then its parts. */
import type {
  ApiBill,
  DistillEstimate,
  EdgeEstimate,
  EdgeRow,
  ServiceEstimate,
  StudentEstimate,
  TeacherEstimate,
} from "../core/domain/distill-estimate.ts";
import type { DistillPlan } from "../core/domain/distill-plan.ts";
import { acceleratorsOf } from "../core/domain/plan.ts";
import type { Ranged } from "../core/domain/provenance.ts";
import {
  formatCount,
  formatHours,
  formatFileSize,
  formatGib,
  formatNumber,
  formatShare,
  formatUsd,
} from "../core/units/format.ts";
import { catalog } from "../planner-data.ts";
import { plainText } from "./io.ts";
import { printTable } from "./table.ts";

const money = (usd: Ranged | null): string => (usd === null ? "unknown" : formatUsd(usd.value));
const between = (range: Ranged | null, print: (n: number) => string): string =>
  range === null ? "" : `${print(range.low)} to ${print(range.high)}`;

export function printDistill(plan: DistillPlan, estimate: DistillEstimate): string {
  const { teacher, judge, student, edge, chain, service, notes } = estimate;
  const parts = [
    `${describe(plan, student)}\n${verdict(estimate)}\n`,
    chain ? printChain(chain) : "",
    teacher ? printTeacher("Teacher answers", teacher) : "",
    judge ? printTeacher("Teacher judges", judge) : "",
    student ? printStudent(student) : "",
    printEdge(edge),
    service ? printService(service) : "",
    notes.map(({ kind, message }) => `${kind === "information" ? "note" : kind}: ${message}\n`).join(""),
  ];
  return plainText(parts.filter((part) => part !== "").join("\n"));
}

function describe(plan: DistillPlan, student: StudentEstimate | null): string {
  const { cluster, job, edge } = plan;
  const teacher = catalog.models.get(plan.model)?.name ?? plan.model;
  const accelerator = catalog.accelerators.get(cluster.accelerator ?? "")?.shortName ?? "CPU";
  const learner = catalog.accelerators.get(plan.student.gpu)?.shortName ?? plan.student.gpu;
  return [
    `Distil ${teacher} into ${student?.name ?? plan.student.id}`,
    `with ${formatCount(job.samples * job.samplesPerPrompt)} answers of ${formatCount(job.answerTokens)} tokens`,
    `from ${acceleratorsOf(cluster)} x ${accelerator},`,
    `train it (${plan.student.method}) on ${plan.student.count} x ${learner},`,
    `run it as ${edge.weights.replace("gguf:", "")} on ${plan.edge.device}`,
  ].join(" ");
}

function verdict({ fits, infeasible, chain }: DistillEstimate): string {
  const faults = infeasible.map(({ message }) => `Does not work: ${message}`);
  if (!fits || chain === null) return faults.join("\n") || "What it takes cannot be told";
  return `Takes ${formatHours(chain.hours.value)} and ${money(chain.usd)} in all`;
}

function printChain({ stages, hours: time, usd }: NonNullable<DistillEstimate["chain"]>): string {
  const row = (label: string, h: Ranged, cost: Ranged | null) => [
    label,
    formatHours(h.value),
    between(h, formatHours),
    money(cost),
    between(cost, formatUsd),
    h.basis,
  ];
  const head = ["chain", "time", "80 % interval", "cost", "80 % interval", "basis"];
  return printTable([head, ...stages.map((s) => row(s.label, s.hours, s.usd)), row("in all", time, usd)]);
}

function printTeacher(title: string, job: TeacherEstimate): string {
  const bill = ({ provider, usd, checked }: ApiBill) => `${provider} ${formatUsd(usd)} (${checked})`;
  const lines = [
    `${title}: ${formatCount(job.requests)} requests, ${formatCount(job.concurrency)} at once, ${formatShare(job.prefixHitRate)} of the prompts cached`,
    `  ${formatCount(job.inputTokens)} tokens in, ${formatCount(job.outputTokens)} out at ${formatCount(job.outputTokensPerSecond.value)} tokens/s (${between(job.outputTokensPerSecond, formatCount)})`,
    `  ${formatCount(job.acceleratorHours.value)} accelerator-hours, ${money(job.usd)} (${between(job.usd, formatUsd)}), ${job.offer}`,
    `  ${formatCount(job.kept)} answers kept, ${formatFileSize(job.storageBytes.value)} of text`,
    job.api.length === 0
      ? "  No API price of this model is known"
      : `  The same tokens bought: ${job.api.slice(0, 3).map(bill).join(", ")}`,
  ];
  return `${lines.join("\n")}\n`;
}

function printStudent(s: StudentEstimate): string {
  const { memory } = s;
  const head = [
    "GiB on each",
    "weights",
    "adapters",
    "gradients",
    "optimizer",
    "activations",
    "logits",
    "buffers",
    "total",
    "capacity",
  ];
  const bytes = [
    ...[memory.weights, memory.adapters, memory.gradients, memory.optimizer, memory.activations],
    ...[memory.logits, memory.buffers, memory.total, memory.capacity],
  ];
  const lines = [
    `Student learns: ${s.name}, ${formatCount(s.parameters)} parameters, ${formatCount(s.trainable)} trained${s.sharded ? ", sharded" : ""}`,
    `  ${formatCount(s.trainedTokens)} tokens at ${formatCount(s.tokensPerSecond.value)} a second (${between(s.tokensPerSecond, formatCount)}), ${formatShare(s.utilization)} of the 16-bit peak`,
    `  ${formatNumber(s.acceleratorHours.value)} accelerator-hours, ${money(s.usd)} (${between(s.usd, formatUsd)}), ${s.offer}`,
    `  leaves ${formatFileSize(s.resultBytes)}, a checkpoint takes ${formatFileSize(s.checkpointBytes)}`,
  ];
  return `${lines.join("\n")}\n${printTable([head, ["student", ...bytes.map((n) => formatGib(n))]])}`;
}

function printEdge({ file, rows, chosen, contextTokens }: EdgeEstimate): string {
  const speed = (row: EdgeRow) => row.tokensPerSecond;
  const row = (r: EdgeRow) => [
    r.device === chosen.device ? `${r.name} *` : r.name,
    r.fits ? "yes" : "no",
    formatFileSize(r.neededBytes),
    formatFileSize(r.usableBytes),
    formatCount(r.contextTokens),
    speed(r) === null ? "-" : formatNumber(speed(r)?.value ?? 0),
    between(speed(r), (n) => formatNumber(n)),
    speed(r)?.basis ?? "",
  ];
  const head = ["device", "fits", "needs", "usable", "context", "tokens/s", "80 % interval", "basis"];
  const title = `At the edge: ${file.type}, ${formatFileSize(file.bytes)} (${formatNumber(file.bitsPerWeight)} bits a weight), ${formatCount(contextTokens)} tokens of context`;
  return `${title}\n${printTable([head, ...rows.map(row)])}`;
}

function printService({ ways, breakEven, requestsPerDay }: ServiceEstimate): string {
  const cents = (usd: number) => (usd === 0 ? "$0" : `$${formatNumber(usd)}`);
  const lines = ways.map(
    ({ label, usdPerRequest }) =>
      `  ${label}: ${usdPerRequest === null ? "unknown" : `${cents(usdPerRequest.value)} a request`}`,
  );
  const pays = breakEven.map(({ against, student, requests, days }) => {
    const what = `${student === "users-devices" ? "users' devices" : "your own device"} against ${against === "api" ? "an API" : "the teacher"}`;
    if (requests === null) return `  ${what}: never pays for itself`;
    return `  ${what}: pays after ${formatCount(requests.value)} requests (${between(requests, formatCount)}), ${formatNumber(days ?? 0)} days at ${formatNumber(requestsPerDay)} a day`;
  });
  return `Serving it\n${[...lines, ...pays].join("\n")}\n`;
}
