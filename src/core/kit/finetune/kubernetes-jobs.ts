/** Jobs of a training run: what one pod is, and how several of them make ranks. */
import { GIB } from "../../units/quantity.ts";
import { counted } from "../engines/arguments.ts";
import { explained, type YamlValue } from "../render/yaml.ts";
import { dnsLabel, labelsOf } from "../targets/kubernetes/names.ts";
import { deviceOfVendor, TOKEN_VARIABLE } from "../targets/kubernetes/objects.ts";
import type { Run } from "./run.ts";

/** The device plugin's name of one accelerator. */
export const deviceOf = ({ accelerator }: Run): string | undefined =>
  accelerator && deviceOfVendor(accelerator.vendor);

/** Stands for an image that nobody knows by a fixed tag: `images` of the kustomization names it. */
export const IMAGE = "trainer";
/** Where a pod finds the kit: its scripts from the maps, weights, data and results from the claim. */
const MOUNT = "/work";
const FROM_CLAIM = ["weights", "out"] as const;
/** Processes of a rank: one computes, one loads data, the rest wait. Assumed. */
const CORES_PER_RANK = 4;
/** Host memory of a Job that trains nothing. Assumed. */
const LIGHT_GIB = 32;
const SHARED_GIB = 64;
/** Times that a broken pod is started again: each goes on where the last one broke off. */
const ATTEMPTS = 20;

export interface Stage {
  readonly name: string;
  /** The kit's script that it runs; absent: it waits for the data that fill.sh carries in. */
  readonly path?: string;
  readonly why: string;
  /** On every node of the plan, as ranks of one run. */
  readonly everywhere: boolean;
  readonly accelerators: number;
}

/** An Indexed Job: pods 0 to n - 1, each a node of torchrun; pod 0 is where they meet. */
export function clusterJob(run: Run, stage: Stage, folders: readonly string[]): YamlValue {
  const name = dnsLabel(run.name);
  const { nodes } = run.plan.cluster;
  const ranks: YamlValue[] = [
    { name: "NNODES", value: explained(String(nodes), `plan: ${counted(nodes, "node")}`) },
    {
      name: "NODE_RANK",
      valueFrom: {
        fieldRef: { fieldPath: "metadata.annotations['batch.kubernetes.io/job-completion-index']" },
      },
    },
    {
      name: "MASTER_ADDR",
      value:
        nodes > 1
          ? explained(`${name}-${stage.name}-0.${name}`, "the first pod, by the Service")
          : "127.0.0.1",
    },
  ];
  return job(run, stage, folders, ranks, {
    completionMode: explained("Indexed", "a pod knows its rank by its index"),
    completions: nodes,
    parallelism: explained(nodes, "all of them at once: ranks wait for each other"),
  });
}

export const oneNodeJob = (run: Run, stage: Stage, folders: readonly string[]): YamlValue =>
  job(run, stage, folders, [], {});

function job(
  run: Run,
  stage: Stage,
  folders: readonly string[],
  environment: readonly YamlValue[],
  spread: { readonly [key: string]: YamlValue },
): YamlValue {
  const name = dnsLabel(run.name);
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: `${name}-${stage.name}`,
      labels: { ...labelsOf(name), "app.kubernetes.io/component": stage.name },
    },
    spec: {
      suspend: explained(true, `${stage.why}: started by start.sh ${stage.name}`),
      backoffLimit: explained(
        ATTEMPTS * (stage.everywhere ? run.plan.cluster.nodes : 1),
        stage.everywhere
          ? "a rank that fails ends the others when their exchange times out; all start again"
          : "each attempt goes on where the last one broke off",
      ),
      ...spread,
      template: {
        metadata: { labels: labelsOf(name) },
        spec: {
          restartPolicy: "OnFailure",
          subdomain: stage.everywhere ? explained(name, "the Service that names the pods") : undefined,
          automountServiceAccountToken: explained(false, "the run asks nothing of the cluster"),
          enableServiceLinks: explained(false, "variables named after services would be read as settings"),
          securityContext: { seccompProfile: { type: "RuntimeDefault" } },
          containers: [container(run, stage, folders, environment)],
          volumes: volumes(name, stage, folders),
        },
      },
    },
  };
}

function container(
  run: Run,
  stage: Stage,
  folders: readonly string[],
  environment: readonly YamlValue[],
): YamlValue {
  return {
    name: stage.name,
    image: explained(
      `${IMAGE}:unset`,
      `${run.framework.name} ${run.framework.version}: images in kustomization.yaml`,
    ),
    command: ["/bin/bash", ...(stage.path === undefined ? WAIT : [`${MOUNT}/${stage.path}`])],
    env: [
      ...environment,
      ...ownVariables(run, stage),
      { name: "HOME", value: explained(`${MOUNT}/out/home`, "caches stay on the claim") },
    ],
    resources: resources(run, stage),
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"], ...(stage.everywhere ? { add: [LOCK] } : {}) },
    },
    volumeMounts: [
      ...FROM_CLAIM.map((folder) => ({ name: "claim", mountPath: `${MOUNT}/${folder}`, subPath: folder })),
      ...folders.map((folder) => ({ name: folder, mountPath: `${MOUNT}/${folder}`, readOnly: true })),
      { name: "claim", mountPath: `${MOUNT}/data`, subPath: "data" },
      ...(stage.accelerators > 0 ? [{ name: "shm", mountPath: "/dev/shm" }] : []),
    ],
  };
}

/** The last file that fill.sh carries in ends it. */
const WAIT = ["-c", `until [ -s ${MOUNT}/data/training.jsonl ]; do sleep 5; done`];
const LOCK = explained("IPC_LOCK", "buffers of the fabric are pinned in memory");

/** What scripts ask for by name: programs that the image holds. */
function ownVariables({ plan: { framework } }: Run, { name }: Stage): YamlValue[] {
  if (name === "download") return [TOKEN_VARIABLE];
  if (name === "cast")
    return [
      {
        name: "FP8_CAST",
        value: explained(
          `${MOUNT}/weights/fp8/inference/fp8_cast_bf16.py`,
          "lies beside the weights of DeepSeek-V3; of other repositories, put it there",
        ),
      },
    ];
  if (name === "data") return [];
  if (name === "export")
    return [
      {
        name: "LLAMA_CPP",
        value: explained("/opt/llama.cpp", "built, in your image; where it is asked for"),
      },
    ];
  if (framework === "ktransformers")
    return [{ name: "LLAMA_FACTORY", value: explained("/opt/LlamaFactory", "the checkout in your image") }];
  return framework === "megatron-bridge"
    ? [{ name: "MEGATRON_BRIDGE", value: explained("/opt/Megatron-Bridge", "the checkout in your image") }]
    : [];
}

function resources(run: Run, stage: Stage): YamlValue {
  const device = deviceOf(run);
  const host = run.estimate.memory?.host.total ?? 0;
  const heavy = stage.name === "train";
  const memory = heavy ? Math.ceil(host / GIB) + SHARED_GIB : LIGHT_GIB;
  return {
    ...(device !== undefined && stage.accelerators > 0
      ? {
          limits: {
            [device]: explained(stage.accelerators, `${counted(stage.accelerators, "accelerator")} a pod`),
          },
        }
      : {}),
    requests: {
      cpu: explained(String(Math.max(4, stage.accelerators * CORES_PER_RANK)), "four cores a rank, assumed"),
      memory: explained(
        `${memory}Gi`,
        heavy ? "the fullest host of the plan at its fullest moment, and /dev/shm" : "assumed",
      ),
      "ephemeral-storage": "20Gi",
    },
  };
}

function volumes(name: string, stage: Stage, folders: readonly string[]): YamlValue {
  return [
    { name: "claim", persistentVolumeClaim: { claimName: name } },
    // 365 is 0555: read and run, YAML of both versions has no octal in common.
    ...folders.map((folder) => ({
      name: folder,
      configMap: { name: `${name}-${folder}`, defaultMode: 365 },
    })),
    ...(stage.accelerators > 0
      ? [{ name: "shm", emptyDir: { medium: "Memory", sizeLimit: `${SHARED_GIB}Gi` } }]
      : []),
  ];
}
