/** Why candidates fell, as bars that hang from one another down to what is left. */
import type { Rejection, SearchCause } from "../core/domain/search.ts";

export interface FallBar {
  /** `null`: what is left. */
  readonly cause: SearchCause | null;
  readonly count: number;
  /** Shares 0..1 of all that was tried. */
  readonly from: number;
  readonly width: number;
}

/** Most frequent first; the counts and what is left add up to `tried`. */
export function placeFall(rejectedBy: readonly Rejection[], feasible: number): readonly FallBar[] {
  const tried = rejectedBy.reduce((sum, { count }) => sum + count, feasible);
  if (tried === 0) return [];
  let left = tried;
  const bars: FallBar[] = rejectedBy.map(({ cause, count }) => {
    left -= count;
    return { cause, count, from: left / tried, width: count / tried };
  });
  return [...bars, { cause: null, count: feasible, from: 0, width: feasible / tried }];
}
