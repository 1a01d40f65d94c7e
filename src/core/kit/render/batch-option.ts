/** Lines that batch scripts of every kit share. */
import { block, comment, type ScriptLine } from "./shell.ts";

/** `#SBATCH --name=value` with its reason on the line above: nothing may follow the value. */
export const batchOption = (name: string, value: string | undefined, because: string): ScriptLine[] => [
  comment(because),
  { text: `#SBATCH ${name}${value === undefined ? "" : `=${value}`}`, because },
];

/** The job's nodes by name, as the array `hosts`. */
export const hostLines = (): ScriptLine[] =>
  block(`
    mapfile -t hosts < <(scontrol show hostnames "\${SLURM_JOB_NODELIST}")
  `);

/** The first node's address as a number, exported: engines listen on it, and a name would not do for that. */
export const firstAddressLines = (name: "HEAD_ADDR" | "MASTER_ADDR"): ScriptLine[] =>
  block(`
    # Another network than the host names': set ${name} before you submit.
    if [ -z "\${${name}:-}" ]; then
      read -r ${name} _ < <(getent ahostsv4 "\${hosts[0]}")
    fi
    export ${name}
    printf 'first node: %s (%s)\\n' "\${hosts[0]}" "\${${name}}"
  `);
