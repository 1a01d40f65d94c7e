/** What `fathom search --json` prints. */
import type { Plan } from "../core/domain/plan.ts";
import { describeCause, describeRelaxation } from "../core/domain/search-words.ts";
import type { SearchResult, SearchRow } from "../core/domain/search.ts";
import { planToLink } from "../core/link/plan-link.ts";
import { planOfCandidate, type SearchSpace } from "../core/search/enumerate.ts";
import { rowAt, searchDictionaries } from "../core/search/search.ts";
import { catalog } from "../planner-data.ts";

/** One row of the answer: its plan, that plan as a link, and the numbers that `evaluate` gives it. */
export interface FoundPlan {
  readonly plan: Plan;
  readonly link: string;
  readonly numbers: Omit<SearchRow, "candidate" | "engine" | "weights" | "accelerator"> & {
    readonly tpotMs: number;
  };
}

export interface SearchAnswer {
  readonly tried: number;
  readonly feasible: number;
  readonly rejectedBy: readonly {
    readonly cause: string;
    readonly message: string;
    readonly count: number;
    readonly relaxation?: {
      readonly from: number;
      readonly to: number;
      readonly admits: number;
      readonly message: string;
      readonly plan: Plan;
    };
  }[];
  readonly front: readonly FoundPlan[];
  readonly ranked: readonly FoundPlan[];
}

/** The first `limit` plans by the query's objective, the whole front, and why the rest fell. */
export function answerOf(space: SearchSpace, result: SearchResult, limit: number): SearchAnswer {
  const found = (i: number): FoundPlan => foundPlan(space, result, i);
  return {
    tried: result.tried,
    feasible: result.feasible,
    rejectedBy: result.rejectedBy.map((rejection) => {
      const { cause, count, relaxation } = rejection;
      const message = describeCause(cause, space.query);
      if (relaxation === undefined) return { cause, message, count };
      const { from, to, admits, bestCandidate } = relaxation;
      const words = describeRelaxation(rejection) ?? "";
      const plan = planOfCandidate(space, bestCandidate);
      return { cause, message, count, relaxation: { from, to, admits, message: words, plan } };
    }),
    front: [...result.front].map(found),
    ranked: [...result.ranked.subarray(0, limit)].map(found),
  };
}

function foundPlan(space: SearchSpace, { rows }: SearchResult, i: number): FoundPlan {
  const { candidate, engine: _e, weights: _w, accelerator: _a, ...numbers } = rowAt(rows, i, names);
  const plan = planOfCandidate(space, candidate);
  return {
    plan,
    link: planToLink(plan),
    numbers: { ...numbers, tpotMs: 1e3 / numbers.tokensPerSecondPerUser },
  };
}

const names = searchDictionaries(catalog);
