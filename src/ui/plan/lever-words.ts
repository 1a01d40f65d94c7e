import { MINUS } from "../../core/units/format.ts";

/** What a lever says, with signs that are signs: kits and tables of the command line are plain text. */
export const typeset = (text: string): string =>
  text
    .replace(/(^|[\s(])-(?=[\d$])/g, `$1${MINUS}`)
    .replace(/(\d) x (?=\S)/g, "$1 × ")
    .replace(/(\d)x\b/g, "$1×");
