/** A plan of any goal on one page: what a meeting decides on, as plain rows that both print and Markdown show. */
import type { Goal } from "../../core/domain/any-plan.ts";
import type { Note } from "../../core/domain/estimate.ts";
import type { EstimateBasis, Ranged } from "../../core/domain/provenance.ts";
import { rounded } from "../findings/words.ts";
import {
  durationUnit,
  formatDuration,
  formatHours,
  formatNumber,
  formatRange,
  formatUsd,
} from "../../core/units/format.ts";

export interface ReportNumber {
  readonly name: string;
  readonly value: string;
  readonly interval: string;
  readonly basis: EstimateBasis;
  /** A limit that the value misses, as words. */
  readonly breach: string | null;
}

export interface ReportRow {
  readonly cells: readonly string[];
  /** Of the figure beside the row: shares 0..1. */
  readonly bar?: number;
  readonly hue?: string;
}

export interface ReportTable {
  readonly name: string;
  /** What it shows, without a full stop: on paper it stands in the name's place. */
  readonly lead?: string;
  readonly head: readonly string[];
  readonly rows: readonly ReportRow[];
  /** As wide as the page; the others stand two in a row. */
  readonly wide?: boolean;
}

export interface Report {
  readonly goal: Goal;
  readonly fits: boolean;
  /** "Fits", "Does not fit": the verdict in a word. */
  readonly word: string;
  readonly numbers: readonly ReportNumber[];
  readonly problems: readonly string[];
  /** What limits the plan, or where its money goes. A sentence. */
  readonly limit: string | null;
  readonly tables: readonly ReportTable[];
  /** What holds of every number, said of this plan. */
  readonly assumptions: readonly string[];
  /** Warnings first. */
  readonly notes: readonly Note[];
}

/** What a report is of, in the words of its heading. */
export const KINDS_OF_REPORT: Readonly<Record<Goal, string>> = {
  serve: "serving plan",
  finetune: "fine-tuning run",
  distill: "distillation",
};

/** More rows than these would push the rest off the page; the last one says how many were left out. */
export const MOST_ROWS = 9;

export function withRest(
  rows: readonly ReportRow[],
  noun: string,
  most: number = MOST_ROWS,
): readonly ReportRow[] {
  if (rows.length <= most) return rows;
  return [...rows.slice(0, most - 1), { cells: [`${rows.length - most + 1} more ${noun}`] }];
}

export const warningsFirst = (notes: readonly Note[]): readonly Note[] =>
  notes.toSorted((a, b) => Number(b.kind === "warning") - Number(a.kind === "warning"));

type Unit = "rate" | "usd" | "ms" | "hours" | "count";

const written = (unit: Unit, n: number): string => {
  if (unit === "usd") return formatUsd(n);
  if (unit === "rate") return `${formatNumber(n)} tok/s`;
  return unit === "count" ? rounded(n) : formatDuration(unit === "hours" ? n * HOUR_MS : n);
};
const HOUR_MS = 3.6e6;

/** The 80 % interval in the unit of the value, with its decimals. */
export function intervalText(unit: Unit, { value, low, high }: Ranged): string {
  if (unit === "usd") return `${formatUsd(low)} – ${formatUsd(high)}`;
  if (unit === "rate") return formatRange(low, high);
  if (unit === "count") return `${rounded(low)} – ${rounded(high)}`;
  const scaleToMs = unit === "hours" ? HOUR_MS : 1;
  const [name, scale] = durationUnit(value * scaleToMs);
  return `${formatRange(low * scaleToMs * scale, high * scaleToMs * scale)} ${name}`;
}

/** A number of the verdict; none where it cannot be told. */
export function numberOf(
  name: string,
  unit: Unit,
  range: Ranged | null | undefined,
  breach: string | null = null,
): readonly ReportNumber[] {
  if (!range) return [];
  return [
    {
      name,
      value: written(unit, range.value),
      interval: intervalText(unit, range),
      basis: range.basis,
      breach,
    },
  ];
}

/** Ranks that hold the same are one row: of each group the names of its ends, and what each of it holds. */
export function groupRanks<R extends { readonly name: string }>(
  ranks: readonly R[],
): readonly { readonly name: string; readonly rank: R }[] {
  const groups: { names: string[]; rank: R }[] = [];
  const content = ({ name: _, ...rest }: R) => JSON.stringify(rest);
  for (const rank of ranks) {
    const last = groups.at(-1);
    if (last && content(last.rank) === content(rank)) last.names.push(rank.name);
    else groups.push({ names: [rank.name], rank });
  }
  return groups.map(({ names, rank }) => ({
    name: names.length > 1 ? `${names[0] ?? ""} – ${names.at(-1) ?? ""}` : (names[0] ?? ""),
    rank,
  }));
}

/** "the start" for the first of stages that follow each other. */
export const startText = (hours: number): string => (hours === 0 ? "the start" : formatHours(hours));

/** A finding within a line that ends it itself. */
export const withoutStop = (sentence: string): string => sentence.replace(/\.$/, "");

/** A name within a sentence: small, unless it is written in capitals. */
export const inSentence = (name: string) =>
  /^[A-Z][a-z]/.test(name) ? name[0]?.toLowerCase() + name.slice(1) : name;
