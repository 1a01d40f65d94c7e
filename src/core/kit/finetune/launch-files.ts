/** Starting the run: train.sh on one node or many, a batch job for Slurm, and the machine's check before. */
import { readsPublished } from "../../domain/finetune-plan.ts";
import { fullestRank } from "../../domain/finetune-estimate.ts";
import { GIB, MIB } from "../../units/quantity.ts";
import { counted, gb, gib } from "../engines/arguments.ts";
import type { Draft } from "../files/draft.ts";
import { checkHelpers, nvidiaChecks, verdictLines } from "../files/preflight.ts";
import { assign, block, code, comment, printScript, type ScriptLine } from "../render/shell.ts";
import { batchOption, firstAddressLines, hostLines } from "../render/batch-option.ts";
import type { FrameworkKit } from "./frameworks/framework-kit.ts";
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

function preflight(run: Run, kit: FrameworkKit): Draft {
  const { memory, disk } = run.estimate;
  const fullest = fullestRank(memory);
  const host = Math.ceil((memory?.host.total ?? 0) / GIB);
  const lines = [
    code("#!/usr/bin/env bash"),
    comment("Checks this node against the plan, before anything is downloaded"),
    code("set -euo pipefail"),
    code('here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)'),
    code('cd "${here}"'),
    ...checkHelpers(),
    assign("want_count", String(run.plan.cluster.acceleratorsPerNode)),
    assign("want_name", run.accelerator?.shortName ?? ""),
    {
      ...assign("want_mib", String(Math.ceil(fullest / MIB))),
      because: `the fullest rank takes ${gib(fullest)}`,
    },
    { ...assign("want_ram_gib", String(host)), because: "the fullest host at its fullest moment" },
    {
      ...assign("want_disk_gb", String(Math.ceil(disk.peak / 1e9))),
      because: `weights, their copies and checkpoints: ${gb(disk.peak)}`,
    },
    ...acceleratorChecks(run),
    ...block(`
      ram=$(($(awk '/^MemTotal:/ {print $2}' /proc/meminfo) / 1048576))
      at_least "\${ram}" "\${want_ram_gib}" 'GiB of RAM'
      have=0
      for folder in weights out; do
        if [ -d "\${folder}" ]; then have=$((have + $(du -sL -B1 "\${folder}" | cut -f 1))); fi
      done
      free=$(df -B1 --output=avail . | tail -n 1)
      at_least "$(((free + have) / 1000000000))" "\${want_disk_gb}" 'GB free or already filled (links to other disks: count them yourself)'
      for program in ${kit.programs.join(" ")}; do
        if command -v "\${program}" > /dev/null; then pass "\${program} is there"; else miss "\${program} not found"; fi
      done
      if [ -s data/training.jsonl ]; then pass 'data/training.jsonl is there'; else miss 'data/training.jsonl is missing'; fi
    `),
    ...(run.plan.layout.experts === "cpu" ? instructionChecks(run) : []),
    ...verdictLines("on this machine"),
  ];
  return { path: "preflight.sh", executable: true, ...printScript(lines) };
}

function acceleratorChecks({ accelerator }: Run): ScriptLine[] {
  if (accelerator?.vendor.toLowerCase() !== "nvidia")
    return block(`
      warn "accelerators of this maker cannot be asked by this script: \${want_count} x \${want_name} with \${want_mib} MiB each"
    `);
  return nvidiaChecks({ driver: false, linked: false });
}

/** Without AMX the host's products are several times slower; FP8 has kernels for AVX-512 alone. */
function instructionChecks({ plan }: Run): ScriptLine[] {
  if (readsPublished(plan))
    return block(`
      for flag in avx512f avx512_bf16 avx512_vnni avx512vbmi; do
        if grep -qwm1 "\${flag}" /proc/cpuinfo; then pass "the processor has \${flag}"; else miss "the processor has no \${flag}: experts in FP8 need it"; fi
      done
    `);
  return block(`
    if grep -qm1 amx_tile /proc/cpuinfo; then pass 'the processor has AMX'; else warn 'the processor has no AMX: experts on it are several times slower'; fi
  `);
}
