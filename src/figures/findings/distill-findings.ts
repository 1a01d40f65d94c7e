/** What the figures of a distillation show, each as one sentence with its number. */
import type {
  BreakEven,
  ChainEstimate,
  EdgeEstimate,
  ServiceEstimate,
  StudentEstimate,
  TeacherEstimate,
} from "../../core/domain/distill-estimate.ts";
import {
  formatCount,
  formatHours,
  formatGib,
  formatNumber,
  formatShare,
  formatUsd,
  UNIT_SPACE,
} from "../../core/units/format.ts";
import { capitalised, numberWord, rounded, shareWords, times } from "./words.ts";

export function chainFinding(chain: ChainEstimate): string {
  const [longest] = chain.stages.toSorted((a, b) => b.hours.value - a.hours.value);
  if (!longest) return "The chain has no stage.";
  const share = shareWords(longest.hours.value / chain.hours.value);
  const cost = chain.usd === null ? "at an unknown price" : `for ${formatUsd(chain.usd.value)}`;
  return `The whole chain takes ${formatHours(chain.hours.value)} ${cost}; ${share.toLowerCase()} of the time the ${stageWords(longest.id)}.`;
}

const stageWords = (id: string): string =>
  ({
    teacher: "teacher writes",
    judge: "teacher judges",
    student: "student learns",
    export: "file is made",
  })[id] ?? id;

export function teacherFinding(job: TeacherEstimate): string {
  const [cheapest] = job.api;
  if (job.usd === null)
    return `The teacher’s job takes ${formatHours(job.hours.value)}; what it costs is unknown.`;
  const own = formatUsd(job.usd.value);
  if (!cheapest)
    return `Writing ${formatCount(job.outputTokens)} tokens costs ${own}; no API price is known.`;
  const ratio = job.usd.value / cheapest.usd;
  if (ratio <= 1)
    return `Serving the teacher costs ${own}, less than any API: ${formatUsd(cheapest.usd)} at the cheapest.`;
  return `Serving the teacher costs ${own}, ${times(ratio)} what the cheapest API asks for the same tokens, ${formatUsd(cheapest.usd)}.`;
}

export function studentFinding(student: StudentEstimate): string {
  const { memory } = student;
  const over = memory.total - memory.capacity;
  if (over > 0) return `The student is short of ${formatGib(over)}${UNIT_SPACE}GiB on each accelerator.`;
  return `The student learns in ${formatHours(student.hours.value)}, with ${formatGib(-over)}${UNIT_SPACE}GiB to spare on each accelerator.`;
}

export function edgeFinding({ chosen, rows, file }: EdgeEstimate): string {
  const fitting = rows.filter(({ fits }) => fits).length;
  const speed = chosen.tokensPerSecond;
  const many = `${capitalised(numberWord(fitting))} of ${numberWord(rows.length)} devices hold it`;
  if (!chosen.fits || speed === null) return `${file.type} does not fit on ${chosen.name}. ${many}.`;
  return `${chosen.name} writes ${formatNumber(speed.value)} tokens a second. ${many}.`;
}

export function breakEvenFinding(service: ServiceEstimate): string {
  const payoffs = service.breakEven.filter(({ student }) => student === "users-devices");
  const against = payoffs.find((one) => one.against === "teacher") ?? payoffs[0];
  if (!against) return "When the student pays for itself cannot be told: a price is missing.";
  const what = against.against === "teacher" ? "serving the teacher" : "the cheapest API";
  if (against.requests === null) return `The student never pays for itself against ${what}.`;
  const days = against.days ?? 0;
  const when = days < 730 ? `${formatNumber(days)} days` : `${formatNumber(days / 365)} years`;
  return `On users’ devices the student has paid for itself after ${rounded(against.requests.value)} requests against ${what}: ${when} at ${formatNumber(service.requestsPerDay)} a day.`;
}

/** The stage that most of the money goes to: null where no price is known. */
export function dearestStage(
  chain: ChainEstimate,
): { readonly label: string; readonly share: string } | null {
  const { usd } = chain;
  if (usd === null) return null;
  const [dearest] = chain.stages.toSorted((a, b) => (b.usd?.value ?? 0) - (a.usd?.value ?? 0));
  return dearest?.usd ? { label: dearest.label, share: formatShare(dearest.usd.value / usd.value) } : null;
}

/** One hue a stage wherever it is drawn. */
export const STAGE_HUES = { teacher: "experts", judge: "act", student: "comm", export: "runtime" } as const;

const SIDES = {
  teacher: "the teacher",
  api: "an API",
  "users-devices": "users’ devices",
  "own-device": "your own device",
} as const;

export const payoffName = ({ student, against }: BreakEven): string =>
  `${SIDES[student]} pay against ${SIDES[against]}`;

/** Far below a cent: three significant figures. */
export const usdOfRequest = (usd: number): string => (usd === 0 ? "$0" : `$${formatNumber(usd)}`);
