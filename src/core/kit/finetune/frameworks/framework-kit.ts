/** What a framework's writer gives to the kit. */
import type { Unsupported } from "../../../domain/kit.ts";
import type { Problem } from "../../../domain/problem.ts";
import type { Draft } from "../../files/draft.ts";
import type { ArrayItem, ScriptLine } from "../../render/shell.ts";
import type { FrameworkRelease, Run } from "../run.ts";

export interface FrameworkKit {
  /** What it cannot train at all; a kit without it would train something else. Absent: it takes all that is offered. */
  readonly refuse?: (run: Run) => Problem | undefined;
  readonly unsupported: (run: Run) => readonly Unsupported[];
  /** Configuration files besides the scripts. */
  readonly settings: (run: Run) => readonly Draft[];
  /** Body of train/train.sh: the head stands before it. */
  readonly train: (run: Run) => readonly ScriptLine[];
  /** Programs that the environment must have. */
  readonly programs: readonly string[];
  /** Lines of a shell that install it, as its own documentation says. */
  readonly install: (release: FrameworkRelease) => readonly string[];
  /** Weights before training, besides the BF16 cast; absent: none. */
  readonly prepare?: (run: Run) => readonly Draft[];
  /** From the last checkpoint to PEFT's form (adapters) or a Hugging Face checkpoint (full), before export.sh. */
  readonly gather?: (run: Run) => Draft;
  /** Shell that sets ADAPTER (or MERGED in full fine-tuning) to the folder that training left. */
  readonly result: (run: Run) => readonly ScriptLine[];
  /** Why the adapters cannot be merged or converted by the kit; absent: they can. */
  readonly noExport?: (run: Run) => string | undefined;
}

export const LAUNCHED = `
  NNODES=\${NNODES:-@NODES@}
  NODE_RANK=\${NODE_RANK:-\${SLURM_NODEID:-0}}
  MASTER_ADDR=\${MASTER_ADDR:-127.0.0.1}
  MASTER_PORT=\${MASTER_PORT:-29500}
  if [ "\${NNODES}" -gt 1 ] && [ "\${MASTER_ADDR}" = 127.0.0.1 ]; then
    printf 'set MASTER_ADDR to the first node and NODE_RANK to this one, or submit train/train.sbatch\\n' >&2
    exit 1
  fi
`;

/** `--name value` with its reason, for frameworks that read a command line. */
export const option = (name: string, value: string | number | boolean, because: string): ArrayItem => ({
  words: [`--${name}`, String(value)],
  because,
});
