/** What the smallest widening of each constraint would let in. */
import {
  SEARCH_CAUSES,
  type NearMisses,
  type Rejection,
  type Relaxation,
  type SearchQuery,
} from "../domain/search.ts";
import { limitOf } from "./constraints.ts";
import { NEAR } from "./tally.ts";

/** Widenings that people would ask for, as multiples of the limit. */
const STEPS = [1.05, 1.1, 1.2, 1.25, 1.5, 1.75, NEAR];

/** Rejections by cause, most frequent first, each with its cheapest relaxation. */
export function rejections(query: SearchQuery, rejected: Float64Array, misses: NearMisses): Rejection[] {
  const found: Rejection[] = [];
  SEARCH_CAUSES.forEach((cause, position) => {
    const count = rejected[position] ?? 0;
    if (count === 0) return;
    const limit = limitOf(query, cause);
    const relaxation = limit === undefined ? undefined : relax(misses, position, limit);
    found.push(relaxation === undefined ? { cause, count } : { cause, count, relaxation });
  });
  return found.sort((a, b) => b.count - a.count);
}

/** The first step that admits anything: how many, and the best of them. */
function relax(misses: NearMisses, position: number, from: number): Relaxation | undefined {
  const rows: number[] = [];
  for (let i = 0; i < misses.length; i++) if (misses.cause[i] === position) rows.push(i);
  for (const step of STEPS) {
    const to = Number((from * step).toPrecision(3));
    const admitted = rows.filter((i) => (misses.needed[i] as number) <= to);
    const [first, ...rest] = admitted;
    if (first === undefined) continue;
    const best = rest.reduce((b, i) => (isBetter(misses, i, b) ? i : b), first);
    const usd = misses.usdPerMillionOutputTokens[best] as number;
    return {
      from,
      to,
      admits: admitted.length,
      bestCandidate: misses.candidate[best] as number,
      bestUsdPerMillionOutputTokens: Number.isNaN(usd) ? null : usd,
    };
  }
  return undefined;
}

function isBetter({ rank, candidate }: NearMisses, a: number, b: number): boolean {
  const difference = (rank[a] as number) - (rank[b] as number);
  return difference === 0 || Number.isNaN(difference)
    ? (candidate[a] as number) < (candidate[b] as number)
    : difference < 0;
}
