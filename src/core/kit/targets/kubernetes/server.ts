/** serve/kubernetes/server/: what serves, the Service in front, and the kustomization that applies both. */
import { headline, imageOf, type Draft, type Parts } from "../../files/draft.ts";
import { minutes } from "../../files/readme.ts";
import { explained, FileText, printYaml, type YamlValue } from "../../render/yaml.ts";
import type { KitIr } from "../../ir.ts";
import { labelsOf, namesOf, UNKNOWN_IMAGE } from "./names.ts";
import { configMap, KUSTOMIZATION } from "./objects.ts";
import { podTemplate } from "./pod.ts";

export const SERVER_FOLDER = "serve/kubernetes/server";
/** A rollout is late only after the longest start, images included. */
const IMAGE_PULL_SECONDS = 1800;

export function serverFiles(parts: Parts): Draft[] {
  const { ir } = parts;
  const several = ir.placement.nodesPerReplica > 1;
  const single = ir.role === undefined ? deployment : statefulSet;
  return [
    serverDraft("server.yaml", several ? leaderWorkerSet(parts) : single(parts), [
      headline(ir),
      `Which nodes: nodeSelector, tolerations and network devices are your cluster's; add them under spec.`,
    ]),
    ...serviceFiles(parts),
    ...settingsMap(parts),
    kustomization(parts, [
      "server.yaml",
      ...(ir.role !== undefined && several ? [] : ["service.yaml"]),
      ...(parts.launch.configs ? ["settings.yaml"] : []),
    ]),
  ];
}

export function kustomization(parts: Parts, resources: readonly string[]): Draft {
  return serverDraft("kustomization.yaml", { ...KUSTOMIZATION, resources, ...unknownImage(parts) }, [
    `kubectl apply -k ${SERVER_FOLDER}`,
  ]);
}

/** A server alone is asked through its Service; halves of one are asked pod by pod, by the names that this one gives. */
function serviceFiles(parts: Parts): Draft[] {
  const { ir } = parts;
  if (ir.role === undefined) {
    return [
      serverDraft("service.yaml", service(parts), [
        "Inside the cluster only; put a proxy with keys in front before opening it.",
      ]),
    ];
  }
  // A LeaderWorkerSet brings its own.
  if (ir.placement.nodesPerReplica > 1) return [];
  return [serverDraft("service.yaml", headless(parts), ["Names of the pods: the router asks each of them."])];
}

/** Settings files of the kit as the pods get them: the same texts as beside it in serve/. */
function settingsMap({ ir, launch }: Parts): Draft[] {
  return launch.configs ? [settingsDraft(ir, launch.configs)] : [];
}

export function settingsDraft(ir: KitIr, files: readonly { name: string; text: string }[]): Draft {
  const { server, settings } = namesOf(ir);
  const data = Object.fromEntries(files.map(({ name, text }) => [name, new FileText(text)]));
  return serverDraft("settings.yaml", configMap(settings, server, data), [
    "Apply again and restart the pods after a change.",
  ]);
}

export function unknownImage({ ir }: Parts): { readonly [key: string]: YamlValue } {
  if (imageOf(ir) !== undefined) return {};
  const because = `name an image with ${ir.engine.name} ${ir.version.version} for your accelerators`;
  return {
    images: [{ name: UNKNOWN_IMAGE, newName: explained(UNKNOWN_IMAGE, because), newTag: "unset" }],
  };
}

export function serverDraft(file: string, value: YamlValue, heading: readonly string[]): Draft {
  return { path: `${SERVER_FOLDER}/${file}`, ...printYaml(value, heading) };
}

function deployment(parts: Parts): YamlValue {
  const { ir, reads } = parts;
  const { server } = namesOf(ir);
  const { replicas } = ir.placement;
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: server, labels: labelsOf(server) },
    spec: {
      replicas: explained(
        replicas,
        `plan: ${replicas === 1 ? "one replica" : `${replicas} replicas, a pod each`}`,
      ),
      strategy: {
        type: explained("Recreate", "no spare accelerators for a second copy while one is replaced"),
      },
      progressDeadlineSeconds: explained(
        reads.limitSeconds + IMAGE_PULL_SECONDS,
        `the longest start, ${minutes(reads.limitSeconds)}, and half an hour for the image`,
      ),
      selector: { matchLabels: { "app.kubernetes.io/name": server } },
      template: podTemplate(parts, { rank: "only", size: 1, name: server }),
    },
  };
}

function leaderWorkerSet(parts: Parts): YamlValue {
  const { ir } = parts;
  const { server } = namesOf(ir);
  const { nodesPerReplica, replicas } = ir.placement;
  const role = { size: nodesPerReplica, name: server };
  return {
    apiVersion: "leaderworkerset.x-k8s.io/v1",
    kind: "LeaderWorkerSet",
    metadata: { name: server, labels: labelsOf(server) },
    spec: {
      replicas: explained(replicas, `plan: ${replicas === 1 ? "one replica" : `${replicas} replicas`}`),
      startupPolicy: explained("LeaderCreated", "the leader is ready only once its workers have joined"),
      leaderWorkerTemplate: {
        size: explained(nodesPerReplica, `plan: one replica over ${nodesPerReplica} nodes`),
        restartPolicy: explained(
          "RecreateGroupOnPodRestart",
          "ranks that lost one of theirs never come back: the whole group starts anew",
        ),
        leaderTemplate: podTemplate(parts, { ...role, rank: "leader" }),
        workerTemplate: podTemplate(parts, { ...role, rank: "worker" }),
      },
    },
  };
}

/** Instances of a pool have names that stay: `NAME-0` under the Service NAME, as groups of a LeaderWorkerSet do. */
function statefulSet(parts: Parts): YamlValue {
  const { ir } = parts;
  const { server } = namesOf(ir);
  const { replicas } = ir.placement;
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: server, labels: labelsOf(server) },
    spec: {
      serviceName: explained(server, "the router asks each instance by its own name"),
      replicas: explained(
        replicas,
        `plan: ${replicas === 1 ? "one instance" : `${replicas} instances, a pod each`}`,
      ),
      podManagementPolicy: explained("Parallel", "no instance waits for another"),
      selector: { matchLabels: { "app.kubernetes.io/name": server } },
      template: podTemplate(parts, { rank: "only", size: 1, name: server }),
    },
  };
}

function headless({ ir, launch }: Parts): YamlValue {
  const { server } = namesOf(ir);
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: server, labels: labelsOf(server) },
    spec: {
      clusterIP: explained("None", "no balancing: decode fetches a cache from the one pod that has it"),
      publishNotReadyAddresses: explained(true, "the router itself waits until a server is healthy"),
      selector: { "app.kubernetes.io/name": server },
      ports: [{ name: "http", port: launch.port, targetPort: "http" }],
    },
  };
}

export function service({ ir, launch }: Parts): YamlValue {
  const { server, service: name } = namesOf(ir);
  const leader: { readonly [key: string]: string } =
    ir.placement.nodesPerReplica > 1 && ir.plan.layout.disaggregated === null
      ? {
          "leaderworkerset.sigs.k8s.io/name": server,
          "leaderworkerset.sigs.k8s.io/worker-index": "0",
        }
      : { "app.kubernetes.io/name": server };
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, labels: labelsOf(server) },
    spec: {
      type: "ClusterIP",
      selector: leader,
      ports: [{ name: "http", port: launch.port, targetPort: "http" }],
    },
  };
}
