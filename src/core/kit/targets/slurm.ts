/** Slurm: one job a replica that spans nodes, or one a node that several replicas share. */
import type { Unsupported } from "../../domain/kit.ts";
import { counted } from "../engines/arguments.ts";
import { headline, scriptHead, type Draft, type Parts } from "../files/draft.ts";
import { preflightScript } from "../files/preflight.ts";
import { minutes } from "../files/readme.ts";
import { environmentFile, frontScript, serveScript, workerScript } from "../files/serve.ts";
import type { KitIr, Launch } from "../ir.ts";
import { blank, block, code, comment, printScript, type ScriptLine } from "../render/shell.ts";
import { batchOption, firstAddressLines, hostLines } from "../render/batch-option.ts";
import { markdownCode } from "../text.ts";
import { replicaLines } from "./bare.ts";
import { downloadStep, frontReady, settingsStep } from "./phrases.ts";
import type { Runbook, Target } from "./target.ts";

const JOB = "serve/serve.sbatch";

export const slurmTarget: Target = {
  refuse: ({ engine }, { launcher }) =>
    launcher && !launcher.mpi
      ? { path: "target", problem: `${engine.name} starts its nodes itself, over ssh: take shell` }
      : undefined,
  // srun starts the processes: the launcher's own words are said nowhere.
  reword: (launch) =>
    launch.launcher ? { ...launch, launcher: { ...launch.launcher, arguments: [] } } : launch,
  unsupported: listUnsupported,
  files: (parts) =>
    [
      preflightScript(parts),
      environmentFile(parts, []),
      serveScript(parts, selectLines(parts), true),
      workerScript(parts),
      frontScript(parts),
      nodeScript(parts),
      jobScript(parts),
    ].filter((draft) => draft !== null),
  runbook,
};

/** Jobs of the array: one a replica, or one a node where replicas share nodes. */
const jobCount = ({ placement: { replicas, replicasPerNode } }: KitIr): number =>
  Math.ceil(replicas / replicasPerNode);

/** Start scripts of one node: a replica's, or a rank's where ranks meet by MPI. */
const tasksPerNode = ({ ir, launch }: Parts): number =>
  launch.launcher?.tasksPerNode ?? ir.placement.replicasPerNode;

/** srun says which node or which of a node's replicas a task is. */
function selectLines({ ir: { placement }, launch }: Parts): ScriptLine[] {
  if (launch.launcher) return [];
  if (launch.workerCommand) {
    return block(`
      : "\${WORKER_ADDRS:?set by ${JOB}}"
    `).concat(blank);
  }
  if (placement.nodesPerReplica > 1) {
    return block(`
      NODE_RANK=\${SLURM_NODEID:?started by ${JOB}}
      : "\${HEAD_ADDR:?set by ${JOB}}"
    `).concat(blank);
  }
  if (placement.replicasPerNode > 1) {
    return replicaLines(`SLURM_LOCALID:?started by ${JOB}`, placement.ranks, launch);
  }
  return [];
}

/** Where a worker runs another program: the head waits for it, since llama-server gives up at once. */
function nodeScript({ ir, launch }: Parts): Draft | null {
  if (!launch.workerCommand) return null;
  const lines: ScriptLine[] = [
    ...scriptHead(ir, "Starts this node's part", null),
    ...block(`
      if [ "\${SLURM_NODEID:?started by ${JOB}}" != 0 ]; then
        exec "\${here}/worker.sh"
      fi
      for address in \${WORKER_ADDRS//,/ }; do
        until (exec 3<> "/dev/tcp/\${address%:*}/\${address##*:}") 2> /dev/null; do sleep 2; done
      done
      exec "\${here}/serve.sh"
    `),
  ];
  return { path: "serve/node.sh", executable: true, ...printScript(lines) };
}

function jobScript(parts: Parts): Draft {
  const { ir, launch } = parts;
  const { acceleratorsPerNode, nodesPerReplica, replicas } = ir.placement;
  const tasks = tasksPerNode(parts);
  const jobs = jobCount(ir);
  const lines: ScriptLine[] = [
    code("#!/usr/bin/env bash"),
    comment(`Submit from the kit's folder (sbatch ${JOB}): ${headline(ir)}`),
    ...batchOption("--job-name", ir.name, "as the kit"),
    ...batchOption(
      "--nodes",
      String(nodesPerReplica),
      `plan: one replica takes ${counted(nodesPerReplica, "node")}`,
    ),
    ...batchOption(
      "--ntasks-per-node",
      String(tasks),
      launch.launcher
        ? "one process an accelerator: ranks meet by MPI"
        : tasks > 1
          ? `plan: ${tasks} replicas share a node`
          : "one start script a node; it starts the ranks",
    ),
    ...(acceleratorsPerNode > 0
      ? batchOption(
          "--gpus-per-node",
          String(acceleratorsPerNode),
          `plan: ${counted(acceleratorsPerNode, "accelerator")} a node`,
        )
      : []),
    ...batchOption("--exclusive", undefined, "the plan counts on the node's whole memory and network"),
    ...batchOption("--mem", "0", "all of the node's memory: the weights stay in its page cache"),
    ...batchOption("--time", "1-00:00:00", "a day; no more than the partition allows"),
    ...batchOption(
      "--output",
      jobs > 1 ? "fathom-%A-%a.log" : "fathom-%j.log",
      "in the folder that you submit from",
    ),
    ...(jobs > 1 ? batchOption("--array", `0-${jobs - 1}`, `plan: ${replicas} replicas, ${jobs} jobs`) : []),
    code("set -euo pipefail"),
    code('kit="${SLURM_SUBMIT_DIR:?submitted by sbatch}"'),
    ...block(`
      if [ ! -f "\${kit}/${JOB}" ]; then
        printf 'submit from the folder that holds %s\\n' ${JOB} >&2
        exit 1
      fi
    `),
    ...addressLines(parts),
    ...frontLines(launch),
    ...runLines(parts, jobs),
  ];
  return { path: JOB, executable: true, ...printScript(lines) };
}

/** How ranks find each other. */
function addressLines({ ir, launch }: Parts): ScriptLine[] {
  if (ir.placement.nodesPerReplica <= 1 || launch.launcher) return [];
  if (launch.workerCommand) {
    return [
      ...hostLines(),
      ...block(`
        WORKER_ADDRS=$(printf '%s:${launch.workerCommand.port},' "\${hosts[@]:1}")
        export WORKER_ADDRS=\${WORKER_ADDRS%,}
      `),
    ];
  }
  return [...hostLines(), ...firstAddressLines("HEAD_ADDR")];
}

/** The batch script itself runs on the first node. */
function frontLines({ front }: Launch): ScriptLine[] {
  if (!front) return [];
  return [{ text: `"\${kit}/serve/${front.name}.sh" &`, because: front.because }];
}

function runLines({ ir, launch }: Parts, jobs: number): ScriptLine[] {
  const { replicas, replicasPerNode, nodesPerReplica } = ir.placement;
  const script = launch.workerCommand ? "node.sh" : "serve.sh";
  const shared = replicasPerNode > 1;
  const last = replicas - (jobs - 1) * replicasPerNode;
  const lines: ScriptLine[] = [];
  if (launch.launcher) {
    const all = launch.launcher.tasksPerNode * nodesPerReplica;
    return [
      {
        text: `srun --mpi=pmix --ntasks=${all} --kill-on-bad-exit=1 --label "\${kit}/serve/${script}"`,
        because: "PMIx tells each process its rank; one that fails ends the step",
      },
    ];
  }
  if (shared && last < replicasPerNode) {
    lines.push(
      ...block(`
        tasks=${replicasPerNode}
        if [ "\${SLURM_ARRAY_TASK_ID}" = ${jobs - 1} ]; then tasks=${last}; fi
      `),
    );
  }
  const tasks =
    shared && last < replicasPerNode ? '"${tasks}"' : String(shared ? replicasPerNode : nodesPerReplica);
  lines.push({
    text: `srun --ntasks=${tasks} --kill-on-bad-exit=1 --label "\${kit}/serve/${script}"`,
    because: "one rank that fails ends the step: the others would wait for it forever",
  });
  return lines;
}

function listUnsupported(ir: KitIr): Unsupported[] {
  const list: Unsupported[] = [
    {
      path: "target",
      reason:
        "containers under Slurm depend on the site (Pyxis, Apptainer): the engine's program must be on the PATH that the job inherits",
    },
    {
      path: "target",
      reason: "a job ends with its time limit: submit the next one, or chain it by dependency",
    },
  ];
  // A pool's instances have the router in front.
  if (ir.placement.replicas > 1 && ir.role === undefined) {
    list.push({
      path: "layout.replicas",
      reason: `each of the ${ir.placement.replicas} replicas listens for itself; the load balancer in front is yours`,
    });
  }
  return list;
}

function runbook(parts: Parts): Runbook {
  const { ir, launch, reads } = parts;
  const nodes = ir.placement.nodesPerReplica;
  const step = `srun --nodes=${nodes} --ntasks-per-node=1${ir.placement.acceleratorsPerNode > 0 ? ` --gpus-per-node=${ir.placement.acceleratorsPerNode}` : ""} --label ./preflight.sh`;
  return {
    settings: settingsStep(
      parts,
      ` ${markdownCode("HOST")} too: the address that clients reach the first node by. Kit and weights lie on a file system that every node sees, or under the same path on each.`,
    ),
    preflight: `${markdownCode(step)}: the nodes against the plan, one line a check.`,
    weights: [downloadStep(parts)],
    converted: [],
    start: [
      `From ${ir.role === undefined ? "the kit's folder" : "there"}, with the engine's environment active: ${markdownCode(`sbatch ${JOB}`)} (${minutes(reads.seconds)} to load). Partition and account are your site's: ${markdownCode("sbatch --partition=... --account=...")}.`,
      ...(launch.front ? [`On that node: ${frontReady(launch.front, launch.port)}`] : []),
    ],
    reach: [
      `${markdownCode("SMOKE_HOST")} and ${markdownCode("BENCH_HOST")}: the node that the log names first, port ${launch.port}${ir.placement.replicasPerNode > 1 ? " and up" : ""}.`,
    ],
  };
}
