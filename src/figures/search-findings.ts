/** What a search found, as the sentences over its figures. */
import type { FoundRow } from "../core/domain/search-view.ts";
import type { Rejection } from "../core/domain/search.ts";
import { formatNumber, formatUsd } from "../core/units/format.ts";
import { shareWords } from "./findings/words.ts";

/**
 * "8 × B200 in NVFP4 is cheapest, $0.61 a million tokens at 33 tok/s; 9.2 times as much buys 118 tok/s."
 * Where the cheapest rests on no measurement of its like, the cheapest that does is named beside it.
 */
export function frontFinding(
  line: readonly FoundRow[],
  nameOf: (found: FoundRow) => string,
  searching: boolean,
): string {
  const [cheapest, fastest] = [line[0], line.at(-1)];
  if (cheapest === undefined || fastest === undefined) {
    return searching
      ? "Nothing that meets every constraint so far."
      : "No plan here has a price and a speed.";
  }
  const backed = isBacked(cheapest) ? undefined : line.find(isBacked);
  const start = `${nameOf(cheapest)} is cheapest${searching ? " so far" : ""}, ${told(cheapest)}${
    backed ? `; of those that measurements back, ${nameOf(backed)}, ${told(backed)}` : ""
  }`;
  if (cheapest === fastest) return `${start}; nothing is faster.`;
  const ratio = formatNumber(price(fastest) / price(cheapest), 2).replace(/\.0$/, "");
  const more = ratio === "1" ? "about as much" : `${ratio} times as much`;
  return `${start}; ${more} buys ${speed(fastest)} on ${nameOf(fastest)}.`;
}

const price = ({ numbers }: FoundRow): number => numbers.usdPerMillionOutputTokens ?? Number.NaN;
const speed = ({ numbers }: FoundRow): string => `${formatNumber(numbers.tokensPerSecondPerUser)} tok/s`;
const isBacked = ({ numbers }: FoundRow): boolean =>
  numbers.basis !== "assumed" && numbers.basis !== "extrapolated";
const told = (found: FoundRow): string =>
  `${formatUsd(price(found))} a million tokens at ${speed(found)}${isBacked(found) ? "" : ` (${found.numbers.basis})`}`;

/** "Half of all layouts fall at one point: weights do not fit. The next 17 %: KV cache too small for 64 users." */
export function fallFinding(
  rejectedBy: readonly Rejection[],
  tried: number,
  describe: (rejection: Rejection) => string,
): string {
  const [first, second] = rejectedBy;
  if (first === undefined || tried === 0) return "Every layout meets every constraint.";
  const words = (rejection: Rejection) => lowered(describe(rejection));
  const start = `${shareWords(first.count / tried)} of all layouts fall to one cause: ${words(first)}.`;
  return second === undefined
    ? start
    : `${start} The next ${Math.round((100 * second.count) / tried)} %: ${words(second)}.`;
}

/** Names and abbreviations keep their capitals. */
const lowered = (text: string): string =>
  /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
