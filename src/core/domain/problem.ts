/**
 * What is wrong with an input, and where: `path: problem`, one line.
 *
 * `path` is dotted with brackets for array positions (`layout.tp`, `ranks[3].weights`); the empty
 * path is the document itself and prints as `plan`, `link` or the file's name.
 */
export interface Problem {
  readonly path: string;
  readonly problem: string;
}

/** The one line that the page and the command line print. `root` names the document. */
export function formatProblem(problem: Problem, root = "plan"): string {
  return `${problem.path === "" ? root : problem.path}: ${problem.problem}`;
}
