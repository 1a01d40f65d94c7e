import { formatProblem, type Problem } from "../core/domain/problem.ts";

/** What the caller got wrong; thrown, and printed by `fathom.ts` as the one line `path: problem`. */
export class BadInput extends Error {
  readonly problem: Problem;

  /** `root` names the document where the path is empty. */
  constructor(problem: Problem, root = "plan") {
    super(formatProblem(problem, root));
    this.problem = problem.path === "" ? { ...problem, path: root } : problem;
  }
}

/** As `BadInput`, for a line that is known where it is thrown. */
export const badInput = (path: string, problem: string): BadInput => new BadInput({ path, problem });
