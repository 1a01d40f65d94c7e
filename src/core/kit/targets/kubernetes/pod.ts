/** The pod that serves: one template for a Deployment, two for a LeaderWorkerSet. */
import { GIB } from "../../../units/quantity.ts";
import { counted, gb } from "../../engines/arguments.ts";
import { isAmd } from "../../engines/phrases.ts";
import { imageOf, type Parts } from "../../files/draft.ts";
import { sharedMemoryGib } from "../../files/preflight.ts";
import { frontProbe } from "../../files/compose.ts";
import type { Front, KitIr } from "../../ir.ts";
import { explained, type YamlValue } from "../../render/yaml.ts";
import { labelsOf, namesOf, UNKNOWN_IMAGE } from "./names.ts";
import { deviceOfVendor } from "./objects.ts";
import {
  CONFIG_MOUNT,
  MODEL_MOUNT,
  STATE_MOUNT,
  podCommand,
  podWord,
  workerAddresses,
  type PodRole,
} from "./words.ts";

/** Host memory of one rank's process besides weights kept there: loader buffers, CUDA context. Assumed. */
const HOST_MEMORY_PER_RANK_GIB = 8;
/** Compiled kernels and logs. Assumed. */
const CACHE_GIB = 20;
/** Cores of one rank's process: one spins, one feeds it. Assumed. */
const CORES_PER_RANK = 2;
const STARTUP_PERIOD = 10;

export function deviceResource({ accelerator, placement }: KitIr): string | null | undefined {
  if (!accelerator || placement.acceleratorsPerNode === 0) return null;
  return deviceOfVendor(accelerator.vendor);
}

/** Accelerators of one pod: a replica's, or a whole node's where a replica takes several. */
export const acceleratorsPerPod = ({ placement }: KitIr): number =>
  Math.min(placement.acceleratorsPerNode, placement.ranks);

export function podTemplate(parts: Parts, role: PodRole): YamlValue {
  const { ir, launch } = parts;
  const names = namesOf(ir);
  const shared = acceleratorsPerPod(ir) > 1 ? sharedMemoryGib(ir) : 0;
  const spec = {
    automountServiceAccountToken: explained(false, "the server asks nothing of the cluster"),
    enableServiceLinks: explained(false, "variables named after services would be read as settings"),
    terminationGracePeriodSeconds: explained(120, "requests in flight may end"),
    securityContext: {
      seccompProfile: isAmd(ir)
        ? { type: explained("Unconfined", "ROCm places memory by calls that the default profile refuses") }
        : { type: "RuntimeDefault" },
    },
    initContainers:
      role.rank === "leader" && launch.workerCommand ? [waitForWorkers(parts, role)] : undefined,
    containers: [
      container(parts, role, shared),
      ...(launch.front && role.rank !== "worker" ? [frontContainer(parts, launch.front, role)] : []),
    ],
    volumes: [
      { name: "model", persistentVolumeClaim: { claimName: names.weights, readOnly: modelReadOnly(launch) } },
      ...(launch.state ? [{ name: "state", persistentVolumeClaim: { claimName: names.state } }] : []),
      { name: "cache", emptyDir: { sizeLimit: `${CACHE_GIB}Gi` } },
      ...(launch.configs ? [{ name: "settings", configMap: { name: names.settings } }] : []),
      ...(shared > 0 ? [{ name: "shm", emptyDir: { medium: "Memory", sizeLimit: `${shared}Gi` } }] : []),
    ],
  };
  return { metadata: { labels: labelsOf(names.server) }, spec };
}

export const imageValue = (ir: KitIr): YamlValue => {
  const version = `${ir.engine.name} ${ir.version.version}`;
  const pinned = imageOf(ir);
  if (pinned !== undefined) return explained(pinned, `${version}, pinned`);
  return explained(
    `${UNKNOWN_IMAGE}:unset`,
    `${version} for your accelerators: images in kustomization.yaml`,
  );
};

function container(parts: Parts, role: PodRole, shared: number): YamlValue {
  const { ir, launch } = parts;
  const worker = role.rank === "worker" ? launch.workerCommand : undefined;
  const own = role.rank === "worker" ? launch.workerArguments : launch.headArguments;
  const started = worker
    ? podCommand(worker.containerProgram, [], worker.arguments, launch, role)
    : podCommand(launch.containerProgram, launch.positional, [...launch.arguments, ...own], launch, role);
  return {
    name: "server",
    image: imageValue(ir),
    ...started,
    env: environment(ir, launch, role),
    ports: ports(parts, role),
    ...(role.rank === "worker" || launch.front ? {} : probes(parts)),
    resources: resources(ir, shared),
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"], ...addedCapabilities(ir) },
    },
    volumeMounts: [
      { name: "model", mountPath: MODEL_MOUNT, readOnly: modelReadOnly(launch) },
      ...(launch.state ? [{ name: "state", mountPath: STATE_MOUNT }] : []),
      { name: "cache", mountPath: "/cache" },
      ...(launch.configs ? [{ name: "settings", mountPath: CONFIG_MOUNT, readOnly: true }] : []),
      ...(shared > 0 ? [{ name: "shm", mountPath: "/dev/shm" }] : []),
    ],
  };
}

/** Commands that set the server up write beside the weights. */
const modelReadOnly = ({ setup }: Parts["launch"]): boolean => setup === undefined;

/** What stands in front of the ranks, in the first pod. It forgets who reported when it ends: no probe ends it. */
function frontContainer({ ir, launch }: Parts, front: Front, role: PodRole): YamlValue {
  return {
    name: front.name,
    image: imageValue(ir),
    ...podCommand(front.program, [], front.arguments, launch, role),
    env: [
      ...(role.rank === "leader" ? [POD_IP] : []),
      { name: "HOME", value: explained("/cache", "the image's own may not be written to") },
    ],
    ports: [{ name: "http", containerPort: launch.port }],
    readinessProbe: {
      exec: { command: frontProbe(front, String(launch.port)) },
      periodSeconds: 10,
      timeoutSeconds: 10,
      failureThreshold: explained(3, front.because),
    },
    resources: {
      requests: {
        cpu: explained("2", "it passes every request and answer on, assumed"),
        memory: explained("4Gi", "requests in flight, assumed"),
      },
    },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    volumeMounts: [{ name: "cache", mountPath: "/cache" }],
  };
}

function addedCapabilities({ placement, plan, role }: KitIr): { readonly [key: string]: YamlValue } {
  const add: YamlValue[] = [];
  if (placement.nodesPerReplica > 1 || role !== undefined) {
    add.push(explained("IPC_LOCK", "buffers of the fabric are pinned in memory"));
  }
  if (plan.options.numa !== undefined && plan.options.numa !== "none") {
    add.push(explained("SYS_NICE", "plan: memory is bound to sockets"));
  }
  return add.length > 0 ? { add } : {};
}

const field = (name: string, fieldPath: string): YamlValue => ({
  name,
  valueFrom: { fieldRef: { fieldPath } },
});
const POD_IP = field("POD_IP", "status.podIP");
const GROUP_INDEX = field("GROUP_INDEX", "metadata.labels['leaderworkerset.sigs.k8s.io/group-index']");

/** What the downward API tells a pod, before the variables that are made of it. */
function addresses({ workerCommand, exports = [] }: Parts["launch"], role: PodRole): YamlValue[] {
  const asked = exports.some(
    ({ value }) => typeof value === "object" && "variable" in value && value.variable === "POD_IP",
  );
  if (role.rank === "leader") return [workerCommand ? GROUP_INDEX : POD_IP];
  return asked ? [POD_IP] : [];
}

function environment(ir: KitIr, launch: Parts["launch"], role: PodRole): YamlValue {
  return [
    ...addresses(launch, role),
    ...(launch.exports ?? []).map(({ name, value, because }) => ({
      name,
      value: explained(podWord(value, launch, role), because),
    })),
    ...(launch.state
      ? [{ name: launch.state.variable, value: explained(STATE_MOUNT, launch.state.because) }]
      : []),
    {
      name: "HOME",
      value: explained("/cache", "compiled kernels are kept between restarts of the container"),
    },
    {
      name: "HF_HUB_OFFLINE",
      value: explained("1", "the server reads what was downloaded and asks no network"),
    },
    ...launch.environment
      .filter(({ name }) => ir.table.flags.environment.includes(name))
      .map(({ name, value, because }) => ({ name, value: explained(value, because) })),
  ];
}

function ports({ launch }: Parts, role: PodRole): YamlValue | undefined {
  if (role.rank !== "worker")
    return launch.front ? undefined : [{ name: "http", containerPort: launch.port }];
  const { workerCommand } = launch;
  return workerCommand ? [{ name: "worker", containerPort: workerCommand.port }] : undefined;
}

function probes({ launch, reads }: Parts): { readonly [key: string]: YamlValue } {
  const httpGet = { path: launch.healthPath, port: "http" };
  return {
    startupProbe: {
      httpGet,
      periodSeconds: STARTUP_PERIOD,
      timeoutSeconds: 5,
      failureThreshold: explained(
        Math.ceil(reads.limitSeconds / STARTUP_PERIOD),
        `x ${STARTUP_PERIOD} s: ${reads.because}`,
      ),
    },
    readinessProbe: { httpGet, periodSeconds: 10, timeoutSeconds: 10, failureThreshold: 3 },
    livenessProbe: {
      httpGet,
      periodSeconds: 30,
      timeoutSeconds: 10,
      failureThreshold: explained(10, "a restart costs a whole load: five silent minutes first"),
    },
  };
}

function resources(ir: KitIr, shared: number): YamlValue {
  const accelerators = acceleratorsPerPod(ir);
  const device = deviceResource(ir);
  const host = ir.estimate.memory?.ranks.find((rank) => rank.kind === "host");
  const processes = Math.max(1, accelerators);
  const hostGib = Math.ceil((host?.total ?? 0) / GIB);
  const memory = hostGib + processes * HOST_MEMORY_PER_RANK_GIB + shared;
  const kept = hostGib > 0 ? `${hostGib} GiB of the plan in host memory, ` : "";
  const threads = ir.plan.options.threads;
  return {
    ...(device
      ? {
          limits: {
            [device]: explained(accelerators, `plan: ${counted(accelerators, "accelerator")} a pod`),
          },
        }
      : {}),
    requests: {
      cpu: explained(
        String(threads ?? Math.max(4, processes * CORES_PER_RANK)),
        threads === undefined ? "two cores a rank, assumed" : `plan: ${counted(threads, "thread")}`,
      ),
      memory: explained(
        `${memory}Gi`,
        `${kept}${HOST_MEMORY_PER_RANK_GIB} GiB a rank (assumed) and /dev/shm; no limit, since the page cache of ${gb(ir.serving)} counts against one`,
      ),
      "ephemeral-storage": explained(`${CACHE_GIB}Gi`, "compiled kernels and logs, assumed"),
    },
  };
}

/** llama-server gives up where a worker does not answer yet; a restarted leader would restart its group. */
function waitForWorkers({ ir, launch }: Parts, role: PodRole): YamlValue {
  const script = [
    'for address in "$@"; do',
    '  until (exec 3<> "/dev/tcp/${address%:*}/${address##*:}") 2> /dev/null; do sleep 2; done',
    "done",
  ].join("\n");
  return {
    name: "wait-for-workers",
    image: imageValue(ir),
    command: ["/bin/bash", "-c", script.replaceAll("$", "$$$$"), "wait"],
    args: workerAddresses(launch, role),
    env: [GROUP_INDEX],
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  };
}
