import type { Consequence } from "../../../workers/api.ts";
import type { Choice } from "./choices.ts";

/** What cannot be goes last, what is only too big before it; the rest keeps its order. */
export function sortChoices(
  rows: readonly Choice[],
  answers: ReadonlyMap<string, Consequence>,
): readonly Choice[] {
  const rank = ({ key }: Choice) => {
    const answer = answers.get(key);
    return !answer || answer.fits ? 0 : answer.impossible ? 2 : 1;
  };
  return rows.toSorted((a, b) => rank(a) - rank(b));
}
