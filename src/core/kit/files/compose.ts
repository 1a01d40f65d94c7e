/** serve/compose.yaml: one file; with several nodes a profile a node, with several replicas a service each. */
import type { Argument, Front } from "../ir.ts";
import type { Word } from "../render/shell.ts";
import { explained, printYaml, type YamlValue } from "../render/yaml.ts";
import { headline, imageOf, readsSettings, type Draft, type Parts } from "./draft.ts";

/** Inside a container the weights are mounted here. */
const MODEL = "/model";
/** The kit's settings files are mounted here, and what the server keeps is a volume there. */
const CONFIG = "/kit";
const STATE = "/state";

interface Instance {
  readonly service: string;
  readonly nodeRank: number;
  readonly replica: number;
  readonly worker: boolean;
}

export function composeFile(parts: Parts): Draft {
  const { ir } = parts;
  const services = {
    ...frontService(parts),
    ...Object.fromEntries(
      listInstances(parts).map((instance) => [instance.service, service(parts, instance)]),
    ),
  };
  const printed = printYaml({ name: projectName(ir.name), services, ...volumes(parts) }, [
    headline(ir),
    ir.placement.nodesPerReplica > 1
      ? "On each node: docker compose --env-file serve/env -f serve/compose.yaml --profile node-RANK up -d"
      : "docker compose --env-file serve/env -f serve/compose.yaml up -d",
  ]);
  return { path: "serve/compose.yaml", ...printed };
}

/** Compose takes neither dots nor slashes. */
const projectName = (name: string): string => name.replaceAll(/[./]/g, "-");

/** serve/compose.yaml of two pools: the router alone, by the same script as from a shell. */
export function routerCompose(parts: Parts): Draft {
  const { ir, launch } = parts;
  const router: YamlValue = {
    image: image(parts),
    entrypoint: ["/bin/bash", `${CONFIG}/router.sh`],
    env_file: ["./env"],
    network_mode: explained("host", "it reaches both pools as this machine does"),
    volumes: [{ type: "bind", source: ".", target: CONFIG, read_only: true }],
    restart: "unless-stopped",
    healthcheck: {
      test: ["CMD", ...healthProbe("python3", "${PORT:?set in serve/env}", launch.healthPath)],
      interval: "30s",
      timeout: "10s",
      retries: 3,
      start_period: explained(`${parts.reads.limitSeconds}s`, parts.reads.because),
    },
  };
  const printed = printYaml({ name: projectName(`${ir.name}-router`), services: { router } }, [
    headline(ir),
    "docker compose --env-file serve/env -f serve/compose.yaml up -d",
  ]);
  return { path: "serve/compose.yaml", ...printed };
}

function volumes({ launch }: Parts): { readonly [key: string]: YamlValue } {
  return launch.state ? { volumes: { state: {} } } : {};
}

function mounts({ launch }: Parts): YamlValue[] {
  return [
    { type: "bind", source: "${MODEL_DIR:?set in serve/env}", target: MODEL, read_only: true },
    ...(readsSettings(launch) ? [{ type: "bind", source: ".", target: CONFIG, read_only: true }] : []),
    ...(launch.state
      ? [{ type: "volume", source: "state", target: explained(STATE, launch.state.because) }]
      : []),
  ];
}

/** What serve/env cannot say: variables made of others, a replica's own, and where the container keeps its state. */
function environment(parts: Parts, instance: Instance): { readonly [key: string]: YamlValue } {
  const { exports = [], state, replicaPorts } = parts.launch;
  const own = instance.replica > 0 ? replicaPorts : undefined;
  if (exports.length === 0 && !state && !own) return {};
  return {
    environment: {
      ...(own
        ? { [own.variable]: explained(replicaPort(parts, instance), "counted up: replicas share the node") }
        : {}),
      ...Object.fromEntries(
        exports.map(({ name, value, because }) => [
          name,
          explained(composeWord(value, parts, instance), because),
        ]),
      ),
      ...(state ? { [state.variable]: STATE } : {}),
    },
  };
}

/** What stands in front of the servers starts on the first node with its own. */
function frontService(parts: Parts): { readonly [key: string]: YamlValue } {
  const { ir, launch, reads } = parts;
  const { front } = launch;
  if (!front) return {};
  const first: Instance = { service: front.name, nodeRank: 0, replica: 0, worker: false };
  return {
    [front.name]: {
      image: image(parts),
      profiles: ir.placement.nodesPerReplica > 1 ? ["node-0"] : undefined,
      entrypoint: [...front.program],
      command: listWords(front.arguments, parts, first),
      env_file: ["./env"],
      network_mode: explained("host", front.because),
      restart: "unless-stopped",
      healthcheck: {
        test: ["CMD", ...frontProbe(front, portOf(parts, first))],
        interval: "30s",
        timeout: "10s",
        retries: 3,
        start_period: explained(`${reads.limitSeconds}s`, reads.because),
      },
    },
  };
}

/** Healthy once every server has reported. */
export function frontProbe({ ready }: Front, port: string): string[] {
  const ask = `u.urlopen("http://127.0.0.1:${port}${ready.path}", timeout=5)`;
  return [
    "python3",
    "-c",
    `import json, urllib.request as u; assert len(json.load(${ask})) >= ${ready.servers}`,
  ];
}

function listInstances({ ir, launch }: Parts): Instance[] {
  const { nodesPerReplica, replicasPerNode } = ir.placement;
  if (nodesPerReplica > 1) {
    return Array.from({ length: nodesPerReplica }, (_, nodeRank) => ({
      service: `node-${nodeRank}`,
      nodeRank,
      replica: 0,
      worker: nodeRank > 0 && launch.workerCommand !== undefined,
    }));
  }
  if (replicasPerNode > 1) {
    return Array.from({ length: replicasPerNode }, (_, replica) => ({
      service: `replica-${replica}`,
      nodeRank: 0,
      replica,
      worker: false,
    }));
  }
  return [{ service: "server", nodeRank: 0, replica: 0, worker: false }];
}

function service(parts: Parts, instance: Instance): YamlValue {
  const { ir, launch, reads } = parts;
  const worker = instance.worker ? launch.workerCommand : undefined;
  const program = worker ? worker.containerProgram : launch.containerProgram;
  const port = portOf(parts, instance);
  // Ranks behind a proxy listen at ports of their own choice.
  const serves = !worker && instance.nodeRank === 0 && !launch.front;
  return {
    image: image(parts),
    profiles: ir.placement.nodesPerReplica > 1 ? [`node-${instance.nodeRank}`] : undefined,
    entrypoint: [...program],
    command: worker
      ? listWords(worker.arguments, parts, instance)
      : [
          ...launch.positional.map(({ value, because }) =>
            explained(composeWord(value, parts, instance), because),
          ),
          ...listWords(launch.arguments, parts, instance),
          ...listWords(
            instance.nodeRank === 0 ? launch.headArguments : launch.workerArguments,
            parts,
            instance,
          ),
        ],
    depends_on: launch.front && instance.nodeRank === 0 ? [launch.front.name] : undefined,
    env_file: ["./env"],
    ...environment(parts, instance),
    network_mode: explained("host", "ranks and clients use the host's network as it is"),
    ipc: explained("host", "ranks exchange through shared memory"),
    ulimits: { memlock: explained(-1, "NCCL and pinned buffers lock host memory"), stack: 67108864 },
    volumes: mounts(parts),
    ...devices(parts, instance),
    restart: "unless-stopped",
    stop_grace_period: "120s",
    healthcheck: serves
      ? {
          test: ["CMD", ...healthProbe(launch.containerProgram[0] ?? "", port, launch.healthPath)],
          interval: "30s",
          timeout: "10s",
          retries: 3,
          start_period: explained(`${reads.limitSeconds}s`, reads.because),
        }
      : undefined,
  };
}

function image({ ir }: Parts): YamlValue {
  const version = `${ir.engine.name} ${ir.version.version}`;
  const pinned = imageOf(ir);
  if (pinned !== undefined) return explained(pinned, `${version}, pinned`);
  return explained(
    "${IMAGE:?set in serve/env}",
    `no image of ${version} for these accelerators is known by a fixed tag: name your own`,
  );
}

/** As serve/env says, where one server has it; replicas of a node count up from the plan's. */
const portOf = ({ ir, launch }: Parts, { replica }: Instance): string =>
  ir.placement.replicasPerNode > 1 ? String(launch.port + replica) : "${PORT:?set in serve/env}";

/** A replica's own further port, as the shell's replicas count it. */
function replicaPort({ launch }: Parts, { replica }: Instance): string {
  const more = launch.replicaPorts;
  const first = launch.environment.find(({ name }) => name === more?.variable)?.value;
  if (!more || first === undefined) throw new RangeError("a replica's port starts at none");
  return String(Number(first) + replica * more.step);
}

function healthProbe(program: string, port: string, path: string): string[] {
  if (program === "ollama") return ["ollama", "list"];
  const url = `http://127.0.0.1:${port}${path}`;
  if (program.startsWith("/app/")) return ["curl", "-fsS", url];
  return ["python3", "-c", `import urllib.request; urllib.request.urlopen("${url}", timeout=5)`];
}

function devices({ ir }: Parts, instance: Instance): { readonly [key: string]: YamlValue } {
  const { acceleratorsPerNode, replicasPerNode, ranks } = ir.placement;
  if (acceleratorsPerNode === 0 || !ir.accelerator) return {};
  if (ir.accelerator.vendor.toLowerCase() === "amd") {
    return {
      devices: ["/dev/kfd", "/dev/dri"],
      group_add: ["video"],
      security_opt: ["seccomp=unconfined"],
    };
  }
  const first = instance.replica * ranks;
  const some = replicasPerNode > 1;
  const device: YamlValue = {
    driver: "nvidia",
    ...(some
      ? { device_ids: Array.from({ length: ranks }, (_, i) => String(first + i)) }
      : { count: explained(acceleratorsPerNode, `plan: ${acceleratorsPerNode} accelerators a node`) }),
    capabilities: ["gpu"],
  };
  return { deploy: { resources: { reservations: { devices: [device] } } } };
}

function listWords(list: readonly Argument[], parts: Parts, instance: Instance): YamlValue[] {
  return list.flatMap(({ flag, value, because }): YamlValue[] =>
    value === undefined
      ? [explained(flag, because)]
      : [flag, explained(composeWord(value, parts, instance), because)],
  );
}

/** Compose interpolates `$`: text keeps it by doubling, variables become what the container sees. */
function composeWord(word: Word, parts: Parts, instance: Instance): string {
  if (typeof word === "string") return word.replaceAll("$", "$$$$");
  if ("join" in word) return word.join.map((part) => composeWord(part, parts, instance)).join("");
  if ("product" in word) return String(instance.nodeRank * word.product[1]);
  if ("address" in word) return `\${${word.address}:?set in serve/env}`;
  if ("substitute" in word) throw new RangeError("a container's command substitutes nothing");
  if (word.variable === parts.launch.replicaPorts?.variable) return replicaPort(parts, instance);
  switch (word.variable) {
    case "MODEL_DIR":
      return MODEL;
    case "CONFIG_DIR":
      return CONFIG;
    case "NODE_RANK":
      return String(instance.nodeRank);
    case "PORT":
      return portOf(parts, instance);
    case "HEAD_ADDR":
    case "WORKER_ADDRS":
      return `\${${word.variable}:?set in serve/env}`;
    case "HOST":
      return "${HOST:-127.0.0.1}";
    default:
      throw new RangeError(`no container knows ${word.variable}`);
  }
}
