/** serve/serve.sh, serve/env and the systemd units. */
import type { Argument, KitIr, Launch } from "../ir.ts";
import {
  array,
  blank,
  code,
  printScript,
  printWord,
  printWords,
  type ArrayItem,
  type ScriptLine,
} from "../render/shell.ts";
import { printEnvironment, printUnit, type EnvironmentEntry, type UnitSection } from "../render/unit.ts";
import { slug } from "../text.ts";
import { headline, installFolder, readsSettings, scriptHead, type Draft, type Parts } from "./draft.ts";

export const argumentItem = ({ flag, value, because }: Argument): ArrayItem => ({
  words: value === undefined ? [flag] : [flag, value],
  because,
});

/**
 * The server's start script; `select` is how the target tells it which node or replica it is. `scheduled`: the
 * target's scheduler starts it once a process, in place of the engine's launcher.
 */
export function serveScript({ ir, launch }: Parts, select: readonly ScriptLine[], scheduled = false): Draft {
  const lines: ScriptLine[] = [
    ...scriptHead(ir, "Starts the server", "env"),
    { text: 'ulimit -n "$(ulimit -Hn)"', because: "one socket a client and one file a weight shard" },
    ...(readsSettings(launch) ? [code('CONFIG_DIR="${here}"')] : []),
    blank,
    ...select,
    ...(launch.exports ?? []).flatMap(exported),
  ];
  const branches = launch.headArguments.length + launch.workerArguments.length > 0;
  lines.push(
    ...array("args", [
      ...launch.positional.map(({ value, because }) => ({ words: [value], because })),
      ...launch.arguments.map(argumentItem),
    ]),
  );
  if (branches) {
    lines.push(code('if [ "${NODE_RANK}" = 0 ]; then'), ...extend(launch.headArguments), code("else"));
    lines.push(...extend(launch.workerArguments), code("fi"));
  }
  lines.push(...start(launch, scheduled));
  return { path: "serve/serve.sh", executable: true, ...printScript(lines) };
}

function start({ launcher, program }: Launch, scheduled: boolean): ScriptLine[] {
  const own = printWords([...(launcher?.wrapper ?? []), ...program]);
  if (!launcher || scheduled) return [code(`exec ${own} "\${args[@]}"`)];
  return [
    ...array("launch_args", launcher.arguments.map(argumentItem)),
    // mpirun reads its own options up to the first word that is none.
    code(
      `exec ${printWords(launcher.program)} "\${launch_args[@]}" ${launcher.mpi ? "" : "-- "}${own} "\${args[@]}"`,
    ),
  ];
}

/** Assigned and exported apart where the value is a command's: a failure would be lost in \`export\`. */
function exported({ name, value, because }: NonNullable<Launch["exports"]>[number]): ScriptLine[] {
  const assigned = `${name}=${printWord(value)}`;
  if (typeof value !== "object" || !("address" in value))
    return [{ text: `export ${assigned}  # ${because}`, because }];
  return [{ text: `${assigned}  # ${because}`, because }, code(`export ${name}`)];
}

function extend(list: readonly Argument[]): ScriptLine[] {
  if (list.length === 0) return [code("  :")];
  return array("more", list.map(argumentItem))
    .map((line) => ({ ...line, text: `  ${line.text}` }))
    .concat(code('  args+=("${more[@]}")'));
}

/** worker.sh: what the nodes but the first run instead. */
export function workerScript({ ir, launch }: Parts): Draft | null {
  const worker = launch.workerCommand;
  if (!worker) return null;
  const lines: ScriptLine[] = [
    ...scriptHead(ir, worker.because, "env"),
    blank,
    ...array("args", worker.arguments.map(argumentItem)),
    code(`exec ${printWords(worker.program)} "\${args[@]}"`),
  ];
  return { path: "serve/worker.sh", executable: true, ...printScript(lines) };
}

/** serve/proxy.sh: what stands in front of the servers, on the first node. */
export function frontScript({ ir, launch: { front } }: Parts): Draft | null {
  if (!front) return null;
  const lines: ScriptLine[] = [
    ...scriptHead(ir, "Starts the proxy in front of the ranks", "env"),
    ...array("args", front.arguments.map(argumentItem)),
    code(`exec ${printWords(front.program)} "\${args[@]}"`),
  ];
  return { path: `serve/${front.name}.sh`, executable: true, ...printScript(lines) };
}

/** Where the weights lie unless the reader moves them. */
const modelFolder = ({ plan }: KitIr): string => `/srv/models/${slug(`${plan.model}-${plan.weights}`)}`;

/** One file for the kit's scripts, systemd and compose; `more` is what the target adds. */
export function environmentFile({ ir, launch }: Parts, more: readonly EnvironmentEntry[]): Draft {
  const model = modelFolder(ir);
  const entries: EnvironmentEntry[] = [
    {
      name: "MODEL_DIR",
      value: model,
      because: "where download.sh puts the weights and the server reads them; the same path on every node",
    },
    {
      name: "HOST",
      ...(launch.listen ?? {
        value: "127.0.0.1",
        because: "only this machine; open it behind a proxy with keys",
      }),
    },
    { name: "PORT", value: String(launch.port), because: "clients, smoke.sh and bench.sh use the same" },
    ...more,
    ...conversionEntries(ir, model),
    {
      name: "HF_HUB_OFFLINE",
      value: "1",
      because: "the server reads what was downloaded and asks no network",
    },
    ...visibleEntries(ir),
    ...launch.environment,
  ];
  return {
    path: "serve/env",
    ...printEnvironment(entries, [
      `Settings of ${headline(ir)}.`,
      "Read by scripts, by systemd and by compose alike: NAME=value, no quotes.",
    ]),
  };
}

function visibleEntries({ firstAccelerator: first, placement }: KitIr): EnvironmentEntry[] {
  if (first === undefined) return [];
  const own = Array.from({ length: placement.ranks }, (_, i) => first + i).join(",");
  const because = `plan: the first ${first} of this node are the other pool's`;
  return [{ name: "CUDA_VISIBLE_DEVICES", value: own, because }];
}

function conversionEntries({ origin }: KitIr, model: string): EnvironmentEntry[] {
  if (origin.kind === "repository") return [];
  const because = "the published checkpoint, while it is converted";
  // mlx_lm.convert refuses a folder that is there already: the source lies beside it.
  if (origin.kind === "mlx") return [{ name: "SOURCE_DIR", value: `${model}-checkpoint`, because }];
  return [
    { name: "SOURCE_DIR", value: `${model}/checkpoint`, because },
    {
      name: "WORK_DIR",
      value: `${model}/work`,
      because: "the BF16 file between; may be removed after split.sh",
    },
    { name: "LLAMA_CPP_DIR", value: "/opt/llama.cpp", because: "llama.cpp's source tree, for its converter" },
  ];
}

/** systemd units; a template where the instance says which node or replica this is. */
export function units({ ir, launch, reads }: Parts): Draft[] {
  const role = ir.role === undefined ? "" : `-${ir.role}`;
  const base = `fathom-${ir.plan.engine.replaceAll(/[^a-z0-9]/g, "-")}${role}`;
  const template = ir.placement.nodesPerReplica > 1 && !launch.workerCommand ? "%i" : "";
  const instance = template !== "" || ir.placement.replicasPerNode > 1;
  const name = instance ? `${base}@.service` : `${base}.service`;
  const serve = `${installFolder(ir)}/serve/serve.sh${instance ? " %i" : ""}`;
  const drafts = [
    unit(
      name,
      headline(ir),
      serve,
      base,
      ir,
      `${Math.ceil(reads.limitSeconds / 60)} min is the longest start expected`,
    ),
  ];
  if (launch.workerCommand) {
    drafts.push(
      unit(
        `${base}-worker.service`,
        launch.workerCommand.because,
        `${installFolder(ir)}/serve/worker.sh`,
        base,
        ir,
        "",
      ),
    );
  }
  return drafts;
}

function unit(
  file: string,
  description: string,
  start: string,
  base: string,
  ir: Parts["ir"],
  wait: string,
): Draft {
  const sections: UnitSection[] = [
    {
      name: "Unit",
      entries: [
        ["Description", `Fathom: ${description}`],
        ["Wants", "network-online.target"],
        ["After", "network-online.target"],
      ],
    },
    {
      name: "Service",
      entries: [
        [
          "Type",
          "exec",
          `started as soon as it runs; smoke.sh waits for the weights${wait === "" ? "" : `: ${wait}`}`,
        ],
        ["ExecStart", start],
        ["EnvironmentFile", `${installFolder(ir)}/serve/env`, "the same settings as serve.sh in a terminal"],
        ["DynamicUser", "yes", "the server needs no rights but to read the weights"],
        ["CacheDirectory", base],
        ["Environment", `HOME=/var/cache/${base}`, "compiled kernels are kept between starts"],
        ["LimitNOFILE", "1048576", "one socket a client and one file a weight shard"],
        ["LimitMEMLOCK", "infinity", "NCCL and pinned buffers lock host memory"],
        ["Restart", "on-failure"],
        ["RestartSec", "10"],
        ["KillSignal", "SIGINT"],
        ["TimeoutStopSec", "120", "requests in flight may end"],
      ],
    },
    { name: "Install", entries: [["WantedBy", "multi-user.target"]] },
  ];
  const printed = printUnit(sections, [
    `Copy the kit to ${installFolder(ir)}, this file to /etc/systemd/system.`,
  ]);
  return { path: `serve/${file}`, ...printed };
}
