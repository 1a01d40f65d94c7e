/** Starting the run: train.sh on one node or many, a batch job for Slurm, and the machine's check before. */
import { counted } from "../engines/arguments.ts";
import type { Draft } from "../files/draft.ts";
import { block, code, comment, printScript } from "../render/shell.ts";
import { batchOption, firstAddressLines, hostLines } from "../render/batch-option.ts";
import type { FrameworkKit } from "./frameworks/framework-kit.ts";
import { preflight } from "./preflight.ts";
import type { Run } from "./run.ts";
import { head } from "./scripts.ts";

export function launchFiles(run: Run, kit: FrameworkKit): Draft[] {
  const { cluster, target } = run.plan;
  return [
    ...kit.settings(run),
    trainScript(run, kit),
    ...((cluster.nodes > 1 && target !== "kubernetes") || target === "slurm" ? [jobScript(run)] : []),
    ...(target === "kubernetes" ? [] : [preflight(run, kit)]),
  ];
}

function trainScript(run: Run, kit: FrameworkKit): Draft {
  const lines = [
    ...head(
      "Trains. Start it again to go on from its last checkpoint; with --smoke it takes two steps and stops.",
    ),
    ...block(`
      if [ ! -s data/training.jsonl ]; then
        printf 'data/training.jsonl is missing\\n' >&2
        exit 1
      fi
    `),
    ...kit.train(run),
  ];
  return { path: "train/train.sh", executable: true, ...printScript(lines) };
}

function jobScript(run: Run): Draft {
  const { nodes, acceleratorsPerNode } = run.plan.cluster;
  const lines = [
    code("#!/usr/bin/env bash"),
    comment("Submit from the kit's folder, on a file system that every node sees: sbatch train/train.sbatch"),
    ...batchOption("--job-name", run.name, "as the kit"),
    ...batchOption("--nodes", String(nodes), `plan: ${counted(nodes, "node")}`),
    ...batchOption("--ntasks-per-node", "1", "one start script a node; it starts the ranks"),
    ...batchOption(
      "--gpus-per-node",
      String(acceleratorsPerNode),
      `plan: ${counted(acceleratorsPerNode, "accelerator")} a node`,
    ),
    ...batchOption("--exclusive", undefined, "the plan counts on the node's whole memory and network"),
    ...batchOption("--mem", "0", "all of the node's memory"),
    ...batchOption("--time", "1-00:00:00", "a day; no more than the partition allows"),
    ...batchOption("--output", "fathom-%j.log", "in the folder that you submit from"),
    ...batchOption("--requeue", undefined, "a job that is preempted goes on from its last checkpoint"),
    code("set -euo pipefail"),
    code('kit="${SLURM_SUBMIT_DIR:?submitted by sbatch}"'),
    ...block(`
      if [ ! -f "\${kit}/train/train.sh" ]; then
        printf 'submit from the folder that holds train/train.sh\\n' >&2
        exit 1
      fi
    `),
    ...hostLines(),
    ...firstAddressLines("MASTER_ADDR"),
    {
      text: `srun --ntasks=${nodes} --kill-on-bad-exit=1 --label "\${kit}/train/train.sh"`,
      because: "one rank that fails ends the step: the others would wait for it forever",
    },
  ];
  return { path: "train/train.sbatch", executable: true, ...printScript(lines) };
}
