/**
 * Pools in Kubernetes: a StatefulSet or LeaderWorkerSet a half, so that every instance has a name of its own, and
 * the router as a Deployment that asks each of them by that name. One kustomization applies all three.
 */
import { BOOTSTRAP_PORT } from "../engines/disaggregation.ts";
import { configFiles } from "../files/config-files.ts";
import type { Draft, Parts } from "../files/draft.ts";
import { environmentFile } from "../files/serve.ts";
import type { Argument } from "../ir.ts";
import { explained, printYaml, type YamlValue } from "../render/yaml.ts";
import { deviceLines, kubernetesTarget, preflight } from "../targets/kubernetes/kubernetes.ts";
import { labelsOf, namesOf } from "../targets/kubernetes/names.ts";
import { acceleratorsPerPod, imageValue } from "../targets/kubernetes/pod.ts";
import {
  kustomization,
  SERVER_FOLDER,
  serverDraft,
  serverFiles,
  service,
  settingsDraft,
} from "../targets/kubernetes/server.ts";
import { weightsFiles } from "../targets/kubernetes/weights.ts";
import { CONFIG_MOUNT, podCommand } from "../targets/kubernetes/words.ts";
import type { Runbook } from "../targets/target.ts";
import { markdownCode } from "../text.ts";
import { argument } from "../engines/arguments.ts";
import { folderOf, inFolder, type Halves, type PoolTarget } from "./pool-target.ts";
import { PROXY } from "./proxy.ts";

const ROUTER_FILE = "router.yaml";

export const kubernetesPools: PoolTarget = {
  target: kubernetesTarget,
  files,
  runbook,
};

/** Instances of a half as the router reaches them: leaders of groups have such names too. */
function hostsOf({ ir, launch }: Parts): string[] {
  const { server } = namesOf(ir);
  return Array.from({ length: ir.placement.replicas }, (_, i) => `${server}-${i}.${server}:${launch.port}`);
}

function files(whole: Parts, halves: Halves): Draft[] {
  const map = routerMap(whole, halves);
  return [
    preflight(whole, neededNodes(whole, halves), several(halves)),
    environmentFile(whole, []),
    ...weightsFiles(whole),
    ...halves.flatMap((half) => inFolder(half, [...serverFiles(half), ...configFiles(half)])),
    ...map,
    ...(map.length > 0
      ? [
          settingsDraft(
            whole.ir,
            map.map(({ path, text }) => ({ name: baseName(path), text })),
          ),
        ]
      : []),
    serverDraft("router.yaml", router(whole, halves, map.length > 0), [
      "What clients ask: it hands requests to both pools.",
    ]),
    serverDraft("service.yaml", service(whole), [
      "Inside the cluster only; put a proxy with keys in front before opening it.",
    ]),
    kustomization(whole, [
      ...halves.map((half) => `../../../${folderOf(half)}/${SERVER_FOLDER}`),
      "router.yaml",
      "service.yaml",
      ...(map.length > 0 ? ["settings.yaml"] : []),
    ]),
  ];
}

const several = (halves: Halves): boolean => halves.some(({ ir }) => ir.placement.nodesPerReplica > 1);
const baseName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

function neededNodes(whole: Parts, halves: Halves) {
  const each = whole.ir.plan.cluster.acceleratorsPerNode;
  const all = halves.reduce((sum, { ir }) => sum + ir.placement.ranks * ir.placement.replicas, 0);
  const most = Math.max(...halves.map(({ ir }) => acceleratorsPerPod(ir)));
  return deviceLines(whole.ir, Math.max(most, Math.min(each, all)), Math.ceil(all / each));
}

/** Files that the router reads: the proxy itself, or where both pools are. */
function routerMap({ ir, launch }: Parts, halves: Halves): Draft[] {
  if (ir.engine.id === "vllm") return [PROXY];
  if (ir.engine.id !== "tensorrt-llm") return [];
  const pool = (half: Parts): YamlValue => ({
    num_instances: explained(half.ir.placement.replicas, `plan: instances for ${folderOf(half)}`),
    router: { type: explained("round_robin", "plan: every instance gets the same share") },
    urls: hostsOf(half),
  });
  const [prefill, decode] = halves;
  const value = {
    hostname: explained(
      "0.0.0.0",
      "every address of the pod; the Service in front answers inside the cluster only",
    ),
    port: explained(launch.port, "as in service.yaml"),
    context_servers: pool(prefill),
    generation_servers: pool(decode),
  };
  return [{ path: `serve/${ROUTER_FILE}`, ...printYaml(value, ["Where the pods of both pools are."]) }];
}

/** The router's command line with every instance's address, where it takes them there. */
function routerArguments({ ir, launch }: Parts, [prefill, decode]: Halves): readonly Argument[] {
  const list = launch.arguments.map((entry) =>
    entry.flag === "--config_file" ? { ...entry, value: `${CONFIG_MOUNT}/${ROUTER_FILE}` } : entry,
  );
  if (ir.engine.id === "tensorrt-llm") return list;
  const urls = (half: Parts) => hostsOf(half).map((host) => `http://${host}`);
  return [
    ...list,
    ...urls(prefill).map((url) => argument("--prefill", url, "a pod of the prefill pool")),
    ...urls(decode).map((url) => argument("--decode", url, "a pod of the decode pool")),
  ];
}

/** `--prefill URL PORT`: the port where caches are asked for follows its address. */
function withPorts(args: YamlValue, sglang: boolean): YamlValue {
  if (!sglang || !Array.isArray(args)) return args;
  const list = args as readonly YamlValue[];
  return list.flatMap((word, at) =>
    list[at - 1] === "--prefill"
      ? [word, explained(String(BOOTSTRAP_PORT), "decode asks here for a cache")]
      : [word],
  );
}

/** `map`: it reads files out of the settings. */
function router(whole: Parts, halves: Halves, map: boolean): YamlValue {
  const { ir, launch } = whole;
  const { server, settings } = namesOf(ir);
  const program = ir.engine.id === "vllm" ? [...launch.program, `${CONFIG_MOUNT}/proxy.py`] : launch.program;
  const role = { rank: "only", size: 1, name: server } as const;
  const started = podCommand(program, [], routerArguments(whole, halves), launch, role);
  const spec = {
    automountServiceAccountToken: explained(false, "the router asks nothing of the cluster"),
    enableServiceLinks: explained(false, "variables named after services would be read as settings"),
    securityContext: { seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name: "router",
        image: imageValue(ir),
        command: started.command,
        args: withPorts(started.args, ir.engine.id === "sglang"),
        env: [{ name: "HOME", value: explained("/cache", "the image's own may not be written to") }],
        ports: [{ name: "http", containerPort: launch.port }],
        readinessProbe: {
          httpGet: { path: launch.healthPath, port: "http" },
          periodSeconds: 10,
          timeoutSeconds: 10,
          failureThreshold: 3,
        },
        resources: {
          requests: {
            cpu: explained("4", "it passes every request and answer on, assumed"),
            memory: explained("8Gi", "requests in flight, assumed"),
            "ephemeral-storage": "2Gi",
          },
        },
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        volumeMounts: [
          { name: "cache", mountPath: "/cache" },
          ...(map ? [{ name: "settings", mountPath: CONFIG_MOUNT, readOnly: true }] : []),
        ],
      },
    ],
    volumes: [
      { name: "cache", emptyDir: { sizeLimit: "2Gi" } },
      ...(map ? [{ name: "settings", configMap: { name: settings } }] : []),
    ],
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: server, labels: labelsOf(server) },
    spec: {
      replicas: explained(1, "one router: it takes turns among instances"),
      strategy: { type: "Recreate" },
      selector: { matchLabels: { "app.kubernetes.io/name": server } },
      template: { metadata: { labels: labelsOf(server) }, spec },
    },
  };
}

function runbook(whole: Parts, halves: Halves): Runbook {
  const book = kubernetesTarget.runbook(whole, []);
  const { server } = namesOf(whole.ir);
  const sets = halves.map(({ ir }) =>
    ir.placement.nodesPerReplica > 1
      ? "a LeaderWorkerSet (its controller must be installed)"
      : "a StatefulSet",
  );
  return {
    ...book,
    start: [
      `${markdownCode(`kubectl apply -k ${SERVER_FOLDER}`)}: ${sets[0] ?? ""} for prefill, ${sets[1] ?? ""} for decode, the router and its Service. ${markdownCode(`kubectl rollout status deployment/${server} --timeout=${whole.reads.limitSeconds}s`)}: the router is ready once both pools are.`,
    ],
  };
}
