import { comment, type ScriptLine } from "./shell.ts";

/** `#SBATCH --name=value` with its reason on the line above: nothing may follow the value. */
export const batchOption = (name: string, value: string | undefined, because: string): ScriptLine[] => [
  comment(because),
  { text: `#SBATCH ${name}${value === undefined ? "" : `=${value}`}`, because },
];
