/** serve/serve.sh, serve/env and the systemd units. */
import type { Argument } from "../ir.ts";
import {
  array,
  blank,
  block,
  code,
  printScript,
  printWords,
  type ArrayItem,
  type ScriptLine,
} from "../render/shell.ts";
import { printEnvironment, printUnit, type EnvironmentEntry, type UnitSection } from "../render/unit.ts";
import { headline, installFolder, scriptHead, type Draft, type Parts } from "./draft.ts";

export const argumentItem = ({ flag, value, because }: Argument): ArrayItem => ({
  words: value === undefined ? [flag] : [flag, value],
  because,
});

/** The server's start script; with several nodes its argument is the node's rank, with several replicas the replica. */
export function serveScript(parts: Parts): Draft {
  const { ir, launch } = parts;
  const lines: ScriptLine[] = [
    ...scriptHead(ir, "Starts the server", "env"),
    { text: 'ulimit -n "$(ulimit -Hn)"', because: "one socket a client and one file a weight shard" },
    blank,
    ...selectLines(parts),
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
  lines.push(code(`exec ${printWords(launch.program)} "\${args[@]}"`));
  return { path: "serve/serve.sh", executable: true, ...printScript(lines) };
}

function extend(list: readonly Argument[]): ScriptLine[] {
  if (list.length === 0) return [code("  :")];
  return array("more", list.map(argumentItem))
    .map((line) => ({ ...line, text: `  ${line.text}` }))
    .concat(code('  args+=("${more[@]}")'));
}

function selectLines({ ir: { placement }, launch }: Parts): ScriptLine[] {
  if (launch.workerCommand) {
    return block(`
      : "\${WORKER_ADDRS:?set WORKER_ADDRS in serve/env to host:port of every other node}"
    `).concat(blank);
  }
  if (placement.nodesPerReplica > 1) {
    return block(`
      NODE_RANK=\${1:?usage: serve.sh NODE_RANK (0 on the first node, 1 on the next)}
      : "\${HEAD_ADDR:?set HEAD_ADDR in serve/env to the address of the first node}"
    `).concat(blank);
  }
  if (placement.replicasPerNode > 1) {
    const { ranks } = placement;
    return block(`
      replica=\${1:-0}
      PORT=$((PORT + replica))
      first=$((replica * ${ranks}))
      CUDA_VISIBLE_DEVICES=$(seq -s, "\${first}" $((first + ${ranks} - 1)))
      export PORT CUDA_VISIBLE_DEVICES
    `).concat(blank);
  }
  return [];
}

/** rpc-worker.sh or its like: what the nodes but the first run instead. */
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

/** One file for shell, systemd and compose. */
export function environmentFile({ ir, launch }: Parts): Draft {
  const model = `/srv/models/${ir.name.replace(/^fathom-/, "").split(`-${ir.plan.engine}`)[0] ?? ir.name}`;
  const entries: EnvironmentEntry[] = [
    {
      name: "MODEL_DIR",
      value: model,
      because: "where download.sh puts the weights and the server reads them; the same path on every node",
    },
    { name: "HOST", value: "127.0.0.1", because: "only this machine; open it behind a proxy with keys" },
    { name: "PORT", value: String(launch.port), because: "clients, smoke.sh and bench.sh use the same" },
    ...networkEntries(ir.placement.nodesPerReplica, launch.workerCommand?.port),
    ...(ir.version.image === undefined
      ? [
          {
            name: "IMAGE",
            value: "",
            because: `for compose only: a container image with ${ir.engine.name} ${ir.version.version} for your accelerators`,
          },
        ]
      : []),
    ...(ir.origin.kind === "convert" ? conversionEntries(model) : []),
    {
      name: "HF_HUB_OFFLINE",
      value: "1",
      because: "the server reads what was downloaded and asks no network",
    },
    ...launch.environment,
  ];
  return {
    path: "serve/env",
    ...printEnvironment(entries, [
      `Settings of ${headline(ir)}.`,
      "Read by serve.sh, by systemd and by compose: NAME=value, no quotes.",
    ]),
  };
}

function conversionEntries(model: string): EnvironmentEntry[] {
  return [
    {
      name: "SOURCE_DIR",
      value: `${model}/checkpoint`,
      because: "the published checkpoint, while it is converted",
    },
    {
      name: "WORK_DIR",
      value: `${model}/work`,
      because: "the BF16 file between; may be removed after split.sh",
    },
    { name: "LLAMA_CPP_DIR", value: "/opt/llama.cpp", because: "llama.cpp's source tree, for its converter" },
  ];
}

function networkEntries(nodes: number, workerPort: number | undefined): EnvironmentEntry[] {
  if (nodes <= 1) return [];
  if (workerPort !== undefined) {
    return [
      {
        name: "WORKER_ADDRS",
        value: "",
        because: `host:${workerPort} of every other node, separated by commas, in rank order; a private network only`,
      },
    ];
  }
  return [{ name: "HEAD_ADDR", value: "", because: "address of the first node on the fast network: set it" }];
}

/** systemd units; a template where the instance says which node or replica this is. */
export function units({ ir, launch, reads }: Parts): Draft[] {
  const base = `fathom-${ir.plan.engine.replaceAll(/[^a-z0-9]/g, "-")}`;
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
