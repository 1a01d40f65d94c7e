/** Machines as they are: serve.sh with systemd units, and compose. */
import type { Unsupported } from "../../domain/kit.ts";
import { composeFile } from "../files/compose.ts";
import type { Problem } from "../../domain/problem.ts";
import { imageOf, installFolder, isMac, type Draft, type Parts } from "../files/draft.ts";
import { macPreflight } from "../files/preflight-mac.ts";
import { preflightScript } from "../files/preflight.ts";
import { environmentFile, frontScript, serveScript, units, workerScript } from "../files/serve.ts";
import type { KitIr, Launch } from "../ir.ts";
import { blank, block, code, type ScriptLine } from "../render/shell.ts";
import type { EnvironmentEntry } from "../render/unit.ts";
import { markdownCode, markdownText } from "../text.ts";
import { downloadStep, frontReady, frontStep, settingsStep } from "./phrases.ts";
import type { Runbook, Target } from "./target.ts";

interface Emits {
  readonly shell: boolean;
  readonly compose: boolean;
}

export function bareTarget(emits: Emits): Target {
  return {
    refuse: (ir, launch) => refuse(ir, launch, emits),
    unsupported: (ir, launch) => listUnsupported(ir, launch, emitted(ir, launch, emits)),
    files: (parts) => files(fromFirstNode(parts), emitted(parts.ir, parts.launch, emits)),
    runbook: (parts, paths) => runbook(fromFirstNode(parts), paths, emitted(parts.ir, parts.launch, emits)),
  };
}

/** One launcher starts every node: files are those of one. */
function fromFirstNode(parts: Parts): Parts {
  if (!parts.launch.launcher) return parts;
  const { ir } = parts;
  return { ...parts, ir: { ...ir, placement: { ...ir.placement, nodesPerReplica: 1 } } };
}

/** Why containers cannot start it; undefined where they can. */
function noContainers(ir: KitIr, launch: Launch): string | undefined {
  if (launch.withoutContainers !== undefined) return launch.withoutContainers;
  if (!launch.launcher) return undefined;
  return `${ir.engine.name} starts one process an accelerator from the first node: compose knows one machine`;
}

function refuse(ir: KitIr, launch: Launch, { shell }: Emits): Problem | undefined {
  const reason = noContainers(ir, launch);
  if (shell || reason === undefined) return undefined;
  return { path: "target", problem: `${reason}: take shell` };
}

const emitted = (ir: KitIr, launch: Launch, { shell, compose }: Emits): Emits => ({
  shell,
  compose: compose && noContainers(ir, launch) === undefined,
});

function files(parts: Parts, emits: Emits): Draft[] {
  const { ir, launch } = parts;
  return [
    isMac(ir) ? macPreflight(parts) : preflightScript(parts),
    environmentFile(parts, [
      ...networkEntries(ir.placement.nodesPerReplica, launch),
      ...(launch.launcher ? [launch.launcher.hosts] : []),
      ...(emits.compose ? [...addressEntries(launch), ...imageEntries(ir)] : []),
    ]),
    ...(emits.shell ? [serveScript(parts, selectLines(parts)), workerScript(parts), frontScript(parts)] : []),
    ...(emits.shell && !isMac(ir) ? units(parts) : []),
    ...(emits.compose ? [composeFile(parts)] : []),
  ].filter((draft) => draft !== null);
}

/** How the script knows which node or replica it is. */
function selectLines({ ir: { placement }, launch }: Parts): ScriptLine[] {
  if (launch.launcher) {
    const { name } = launch.launcher.hosts;
    return [code(`: "\${${name}:?set ${name} in serve/env}"`), blank];
  }
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
  if (placement.replicasPerNode > 1) return replicaLines("1:-0", placement.ranks, launch);
  return [];
}

/** A replica's own port and accelerators; `number` is what the shell reads its index from. */
export function replicaLines(
  number: string,
  ranks: number,
  { replicaPorts: more }: Pick<Launch, "replicaPorts">,
): ScriptLine[] {
  const own =
    more === undefined
      ? []
      : block(`
          export ${more.variable}=$((${more.variable} + replica * ${more.step}))
        `);
  return block(`
    replica=\${${number}}
    PORT=$((PORT + replica))
    first=$((replica * ${ranks}))
    CUDA_VISIBLE_DEVICES=$(seq -s, "\${first}" $((first + ${ranks} - 1)))
    export PORT CUDA_VISIBLE_DEVICES
  `).concat(own, blank);
}

function networkEntries(nodes: number, { workerCommand }: Launch): EnvironmentEntry[] {
  if (nodes <= 1) return [];
  if (workerCommand !== undefined) {
    return [
      {
        name: "WORKER_ADDRS",
        value: "",
        because: `host:${workerCommand.port} of every other node, separated by commas, in rank order; a private network only`,
      },
    ];
  }
  return [{ name: "HEAD_ADDR", value: "", because: "address of the first node on the fast network: set it" }];
}

/** A container's host has addresses that the container cannot tell. */
function addressEntries({ exports = [] }: Launch): EnvironmentEntry[] {
  return exports.flatMap(({ value, because }) =>
    typeof value === "object" && "address" in value
      ? [{ name: value.address, value: "", because: `for compose, which asks for it: ${because}` }]
      : [],
  );
}

export function imageEntries(ir: KitIr): EnvironmentEntry[] {
  if (imageOf(ir) !== undefined) return [];
  const { engine, version } = ir;
  return [
    {
      name: "IMAGE",
      value: "",
      because: `for compose only: a container image with ${engine.name} ${version.version} for your accelerators`,
    },
  ];
}

function listUnsupported(ir: KitIr, launch: Launch, emits: Emits): Unsupported[] {
  const { plan, placement } = ir;
  const list: Unsupported[] = [];
  const reason = noContainers(ir, launch);
  if (reason !== undefined && plan.target === undefined) list.push({ path: "target", reason });
  if (emits.shell && launch.front) {
    list.push({
      path: "target",
      reason: `units start the servers; ${launch.front.name}.sh before them is started by hand`,
    });
  }
  if (emits.compose && imageOf(ir) === undefined) {
    list.push({
      path: "target",
      reason:
        "no container image of this version for these accelerators is known by a fixed tag: compose takes IMAGE from serve/env",
    });
  }
  // A pool's instances have the router in front.
  if (placement.replicas > 1 && ir.role === undefined) {
    list.push({
      path: "layout.replicas",
      reason: `each of the ${placement.replicas} replicas listens for itself; the load balancer in front is yours`,
    });
  }
  if (plan.cluster.nodes > 1 && !isMac(ir)) {
    list.push({
      path: "target",
      reason:
        "neither systemd nor compose restarts a replica elsewhere when a node dies: they restart in place",
    });
  }
  return list;
}

function runbook(parts: Parts, paths: readonly string[], emits: Emits): Runbook {
  const { launcher, workerCommand, front, port } = parts.launch;
  const several = parts.ir.placement.nodesPerReplica > 1 || launcher !== undefined;
  const address = launcher?.hosts.name ?? (workerCommand ? "WORKER_ADDRS" : "HEAD_ADDR");
  return {
    settings: settingsStep(
      parts,
      several ? ` Set ${markdownCode(address)} too. Every node gets the same kit.` : "",
    ),
    preflight: `${markdownCode("./preflight.sh")}: this machine against the plan, one line a check.`,
    weights: [downloadStep(parts)],
    converted: [],
    start: [
      ...(emits.shell && front ? [frontStep(front, port)] : []),
      ...(emits.shell ? shellSteps(parts, paths) : []),
      ...(emits.compose ? [composeStep(parts, emits)] : []),
      ...(!emits.shell && front ? [frontReady(front, port)] : []),
    ],
    reach: [],
  };
}

function shellSteps({ ir, launch }: Parts, paths: readonly string[]): string[] {
  const { nodesPerReplica, replicasPerNode } = ir.placement;
  const steps: string[] = [];
  if (launch.workerCommand) {
    steps.push(
      `On every other node: ${markdownCode("./serve/worker.sh")} (${markdownText(launch.workerCommand.because)}).`,
      `On the first node: ${markdownCode("./serve/serve.sh")}.`,
    );
  } else if (nodesPerReplica > 1) {
    steps.push(
      `On node 0: ${markdownCode("./serve/serve.sh 0")}; on node 1: ${markdownCode("./serve/serve.sh 1")}${nodesPerReplica > 2 ? "; and so on" : ""}.`,
    );
  } else if (replicasPerNode > 1) {
    steps.push(
      `${markdownCode("./serve/serve.sh 0")} to ${markdownCode(`./serve/serve.sh ${replicasPerNode - 1}`)}: one replica each, ports from ${launch.port} up.`,
    );
  } else if (launch.launcher) {
    steps.push(
      `On the first node: ${markdownCode("./serve/serve.sh")} in a terminal; ${markdownCode(launch.launcher.program.join(" "))} starts every node from there.`,
    );
  } else {
    steps.push(`${markdownCode("./serve/serve.sh")} in a terminal.`);
  }
  if (isMac(ir)) return steps;
  const unit = paths
    .filter((path) => path.endsWith(".service"))
    .map(markdownCode)
    .join(" and ");
  steps.push(
    `Or with systemd: copy the kit to ${markdownCode(installFolder(ir))} and ${unit} to ${markdownCode("/etc/systemd/system")}, then ${markdownCode("systemctl daemon-reload")} and ${markdownCode("systemctl enable --now")} the unit. The engine's program must be on the unit's PATH.`,
  );
  return steps;
}

function composeStep({ ir }: Parts, { shell }: Emits): string {
  const profile = ir.placement.nodesPerReplica > 1 ? " --profile node-RANK" : "";
  const command = markdownCode(`docker compose --env-file serve/env -f serve/compose.yaml${profile} up -d`);
  return shell ? `Or in containers: ${command}.` : `${command}.`;
}
