/** What a comparison shows, in one or two sentences with numbers. */
import { capitalised, list, numberWord } from "../findings/words.ts";
import type { CompareMetric } from "./compare-metrics.ts";

/** Plans are called by letters: a name that no colour carries. */
export const letterOf = (i: number): string => "ABCD".charAt(i);

interface Verdict {
  readonly fits: boolean;
}

/** What plans of a goal race for: a row's id, and what is said of its winner. */
export interface Race {
  readonly id: string;
  readonly words: (value: number) => string;
}

/** Of plans of one goal, which race in cost and in speed. */
export function compareFinding(
  plans: readonly (Verdict | null)[],
  metrics: readonly CompareMetric[],
  [cost, speed]: readonly [cost: Race, speed: Race],
): string {
  const fitting = plans.flatMap((plan, i) => (plan?.fits === true ? [i] : []));
  const failing = plans.flatMap((plan, i) => (plan?.fits === false ? [letterOf(i)] : []));
  const failed =
    failing.length === 0 ? "" : `${list(failing)} ${failing.length === 1 ? "does" : "do"} not fit.`;
  if (fitting.length === 0) return failed || "None of these plans can be told.";
  if (fitting.length === 1) return `Only ${letterOf(fitting[0] ?? 0)} fits. ${failed}`.trim();
  return [raceWords(metrics, cost, speed), failed].filter((sentence) => sentence !== "").join(" ");
}

function raceWords(metrics: readonly CompareMetric[], ofCost: Race, ofSpeed: Race): string {
  const cheapest = winner(metrics, ofCost.id);
  const fastest = winner(metrics, ofSpeed.id);
  const cost = cheapest && ofCost.words(cheapest.value);
  const speed = fastest && ofSpeed.words(fastest.value);
  const sentences =
    cheapest && fastest && cheapest.letter === fastest.letter
      ? [`${cheapest.letter} ${cost ?? ""} and ${speed ?? ""}`]
      : [cheapest && `${cheapest.letter} ${cost ?? ""}`, fastest && `${fastest.letter} ${speed ?? ""}`];
  const told = sentences.filter((sentence) => sentence !== null && sentence !== undefined).join("; ");
  const unsure = [cheapest, fastest].some((one) => one?.lead === "ahead");
  if (told === "") return "None is ahead in cost or in speed.";
  return unsure ? `${told}; their ranges overlap.` : `${told}.`;
}

function winner(metrics: readonly CompareMetric[], id: string) {
  const metric = metrics.find((one) => one.id === id);
  const at = metric?.leads.findIndex((lead) => lead !== null) ?? -1;
  const value = metric?.values[at]?.value;
  const lead = metric?.leads[at];
  return value === undefined || !lead ? null : { letter: letterOf(at), value, lead };
}

/** "They differ in weights, engine and 3 more fields." */
export function differenceWords(names: readonly string[]): string {
  if (names.length === 0) return "the same plan twice";
  const shown = names.length <= 4 ? names : names.slice(0, 3);
  const more = names.length - shown.length;
  return list(more > 0 ? [...shown, `${numberWord(more)} more`] : shown);
}

export const planCount = (n: number): string => `${capitalised(numberWord(n))} plan${n === 1 ? "" : "s"}`;
