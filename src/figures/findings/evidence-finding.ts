import { formatCount, formatFixed } from "../../core/units/format.ts";
import { capitalised, counted, list, numberWord } from "./words.ts";

export interface ClassError {
  readonly name: string;
  readonly count: number;
  readonly median: number;
  readonly p90: number;
}

/** A class with fewer runs says little of itself. */
const ENOUGH = 5;

export const percentWords = (share: number): string => {
  const percent = share * 100;
  return `${formatFixed(percent, percent < 9.95 ? 1 : 0)} %`;
};

/** How wide the cloud is, and where it is widest. */
export function scatterFinding(count: number, median: number, classes: readonly ClassError[]): string {
  if (count === 0) return "No prediction of this kind can be held against a measurement.";
  const half = `Half of ${formatCount(count)} predictions lie within ${percentWords(median)} of the measurement`;
  const widest = classes.filter((row) => row.count >= ENOUGH).toSorted((a, b) => b.p90 - a.p90);
  const [first, second] = widest;
  if (!first || !second) return `${half}.`;
  return `${half}; the scatter is widest for ${first.name}.`;
}

/** Which class is closest and which furthest off. */
export function classFinding(what: string, classes: readonly ClassError[]): string {
  const ranked = classes.filter((row) => row.count >= ENOUGH).toSorted((a, b) => a.median - b.median);
  const [first, last] = [ranked[0], ranked.at(-1)];
  if (!first || !last) return `${what} was measured too seldom to say how good its prediction is.`;
  if (first === last) return `${what} is off by ${percentWords(first.median)} at the median.`;
  return (
    `${what} is closest for ${first.name}, at ${percentWords(first.median)}, ` +
    `and furthest off for ${last.name}, at ${percentWords(last.median)}.`
  );
}

export function missesFinding(count: number): string {
  if (count === 0) return "Nothing is missed: no record is left by these filters.";
  return count === 1 ? "The largest miss, and why." : `The ${numberWord(count)} largest misses, and why.`;
}

export function unpredictedFinding(
  records: number,
  missing: readonly (readonly [fact: string, records: number])[],
): string {
  if (records === 0) return "Every record is predicted.";
  const [first] = missing;
  const most = first === undefined ? "" : `; ${formatCount(first[1])} for want of ${first[0]}`;
  return `${capitalised(counted(records, "record"))} ${records === 1 ? "is" : "are"} not predicted${most}.`;
}

export function claimsFinding(verdicts: readonly string[]): string {
  const count = (verdict: string) => verdicts.filter((v) => v === verdict).length;
  const [holds, conditional, fails, untold] = ["holds", "holds-if", "does-not-hold", "untold"].map(count);
  const parts = [
    `${numberWord(holds ?? 0)} hold${holds === 1 ? "s" : ""}`,
    `${numberWord(conditional ?? 0)} hold${conditional === 1 ? "s" : ""} under a condition`,
    `${numberWord(fails ?? 0)} do${fails === 1 ? "es" : ""} not`,
    ...(untold ? [`${numberWord(untold)} no figure can decide`] : []),
  ];
  return `Of ${numberWord(verdicts.length)} circulating claims ${list(parts)}.`;
}
