import { capitalised, numberWord } from "./words.ts";

/** How many constraints fail and hold. `causes`: distinct reasons behind the failures. */
export function ladderFinding(failing: number, holding: number, causes: number): string {
  if (failing === 0) return `All ${numberWord(holding)} constraints hold.`;
  const fail = `${capitalised(numberWord(failing))} constraint${failing === 1 ? "" : "s"} fail${failing === 1 ? "s" : ""}`;
  const because = failing > 1 && causes === 1 ? " and one cause explains them" : "";
  const rest =
    holding === 0 ? "none holds" : `the other ${holding === 1 ? "one holds" : `${numberWord(holding)} hold`}`;
  return `${fail}${because}; ${rest}.`;
}

/** "Five nearest plans that fit, fewest edits first." */
export function nearbyFinding(found: number, fewestEdits: number): string {
  if (found === 0) return "No plan within two changes fits.";
  const away = fewestEdits === 1 ? "one change away" : `${numberWord(fewestEdits)} changes away`;
  return found === 1
    ? `One nearby plan fits, ${away}.`
    : `${capitalised(numberWord(found))} nearest plans that fit, the closest ${away}.`;
}
