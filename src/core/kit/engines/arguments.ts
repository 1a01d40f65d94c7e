/** Building argument lists: short constructors, and the check against the pinned version's tables. */
import type { EngineFlag } from "../../domain/engine-flags.ts";
import type { Unsupported } from "../../domain/kit.ts";
import type { Problem } from "../../domain/problem.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import type { Ranged } from "../../domain/provenance.ts";
import { formatCount, formatGib, formatNumber } from "../../units/format.ts";
import { findFlag, type FlagTable } from "../flag-table.ts";
import type { Argument, KitIr } from "../ir.ts";
import type { Word } from "../render/shell.ts";
import { oneLine } from "../text.ts";

export const argument = (flag: string, value: Word | number, because: string): Argument => ({
  flag,
  value: typeof value === "number" ? String(value) : value,
  because,
});
export const flagOnly = (flag: string, because: string): Argument => ({ flag, because });
export const when = (condition: boolean, ...list: readonly Argument[]): readonly Argument[] =>
  condition ? list : [];

export const gib = (bytes: number): string => `${formatGib(bytes)} GiB`;
export const gb = (bytes: number): string => `${formatCount(Math.ceil(bytes / 1e9))} GB`;
export const count = formatCount;
/** "1 user", "64 users". */
export const counted = (value: number, noun: string): string =>
  `${formatCount(value)} ${noun}${value === 1 ? "" : "s"}`;
export const ms = (value: number): string => `${oneLine(formatNumber(value))} ms`;
export const range = (r: Ranged, digits = 3): string =>
  `${formatNumber(r.value, digits)} (${formatNumber(r.low, digits)} to ${formatNumber(r.high, digits)}, ${r.basis})`;

/** The rank that holds most, of the accelerators. */
export function fullestRank(ir: KitIr) {
  const ranks = ir.estimate.memory?.ranks.filter((rank) => rank.kind === "accelerator") ?? [];
  return ranks.toSorted((a, b) => b.weights + b.kvCache - (a.weights + a.kvCache))[0];
}

/**
 * Checks arguments against the tables of the pinned version.
 *
 * An option that came later or went is dropped with its reason where the kit starts without it;
 * Returns Problem where it is `required`.
 */
export function checkArguments(
  table: FlagTable,
  command: string,
  list: readonly Argument[],
  required: ReadonlySet<string>,
): Result<{ arguments: readonly Argument[]; unsupported: readonly Unsupported[] }, Problem> {
  const kept: Argument[] = [];
  const unsupported: Unsupported[] = [];
  for (const entry of list) {
    const verdict = findFlag(table, command, entry.flag);
    const reason = verdict.kind === "known" ? checkValue(verdict.flag, entry) : verdict.reason;
    if (reason === undefined) kept.push(entry);
    else if (required.has(entry.flag)) return fail({ path: "engine", problem: reason });
    else unsupported.push({ path: "engine", reason: `${reason} (wanted because: ${entry.because})` });
  }
  return ok({ arguments: kept, unsupported });
}

/** Why a value is not one that the option takes; `undefined` when it is. */
export function checkValue(flag: EngineFlag, entry: Argument): string | undefined {
  const takes = flag.value ?? "one";
  if (takes === "none" && entry.value !== undefined) return `${entry.flag} takes no value`;
  if ((takes === "one" || takes === "many") && entry.value === undefined)
    return `${entry.flag} needs a value`;
  if (typeof entry.value !== "string") return undefined;
  if (flag.choices && !flag.choices.includes(entry.value)) {
    return `${entry.flag} has no choice ${entry.value}`;
  }
  if (flag.type === "int" && !/^-?\d+$/.test(entry.value)) return `${entry.flag} needs a whole number`;
  if (flag.type === "float" && !Number.isFinite(Number(entry.value))) return `${entry.flag} needs a number`;
  return undefined;
}

/** Choices that the pinned version offers for an option; empty where the table does not list them. */
export function choicesOf(table: FlagTable, command: string, flag: string): readonly string[] {
  const verdict = findFlag(table, command, flag);
  return verdict.kind === "known" ? (verdict.flag.choices ?? []) : [];
}
