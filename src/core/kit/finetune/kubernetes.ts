/**
 * Kubernetes for a training run, core objects alone: an Indexed Job whose pods know their rank, a headless Service that
 * gives them names, a claim for weights and results. Jobs are made suspended and started one after another.
 */
import { fullestRank } from "../../domain/finetune-estimate.ts";
import { needsCopy } from "../../domain/finetune-plan.ts";
import type { Unsupported } from "../../domain/kit.ts";
import type { Problem } from "../../domain/problem.ts";
import { MIB } from "../../units/quantity.ts";
import { counted, gb, gib } from "../engines/arguments.ts";
import type { Draft } from "../files/draft.ts";
import { checkHelpers, verdictLines } from "../files/preflight.ts";
import { assign, block, checked, code, comment, printScript } from "../render/shell.ts";
import { explained, FileText, printYaml, type YamlValue } from "../render/yaml.ts";
import { dnsLabel, labelsOf } from "../targets/kubernetes/names.ts";
import { configMap, KUSTOMIZATION, volumeClaim } from "../targets/kubernetes/objects.ts";
import {
  clusterAnswers,
  devicePath,
  manifestChecks,
  nodeCount,
} from "../targets/kubernetes/preflight-cluster.ts";
import type { FrameworkKit } from "./frameworks/framework-kit.ts";
import { clusterJob, deviceOf, IMAGE, oneNodeJob, type Stage } from "./kubernetes-jobs.ts";
import { trainingData } from "./preflight.ts";
import type { Run } from "./run.ts";

export const CLUSTER_FOLDER = "train/kubernetes";

export function refuseCluster(run: Run): Problem | undefined {
  if (run.plan.target !== "kubernetes" || deviceOf(run) !== undefined) return undefined;
  const vendor = run.accelerator?.vendor ?? "these";
  return { path: "target", problem: `no Kubernetes resource name of ${vendor} accelerators is known` };
}

export function clusterUnsupported(run: Run): Unsupported[] {
  if (run.plan.target !== "kubernetes") return [];
  return [
    {
      path: "target",
      reason: `no container image of ${run.framework.name} ${run.framework.version} is known by a fixed tag: build one by the lines of section 1 and name it under images in ${CLUSTER_FOLDER}/kustomization.yaml`,
    },
    ...(run.plan.cluster.nodes > 1
      ? [
          {
            path: "cluster.fabric",
            reason: `ranks meet over the pod network; the resource name of the fast fabric's devices is your cluster's own: add it to the Jobs of ${CLUSTER_FOLDER}`,
          },
        ]
      : []),
  ];
}

/** Jobs in the order in which they are started. */
export function stagesOf(run: Run, kit: FrameworkKit, scripts: readonly Draft[]): Stage[] {
  const has = (path: string) => scripts.some((draft) => draft.path === path);
  const whole = (name: string, path: string, why: string): Stage[] =>
    has(path)
      ? [{ name, path, why, everywhere: true, accelerators: run.plan.cluster.acceleratorsPerNode }]
      : [];
  const alone = (name: string, path: string, why: string, accelerators: number): Stage[] =>
    has(path) ? [{ name, path, why, everywhere: false, accelerators }] : [];
  const cast = needsCopy(run.plan)
    ? alone("cast", "prepare/cast.sh", "FP8 to BF16, on one accelerator", 1)
    : [];
  const imported = (kit.prepare?.(run) ?? []).flatMap(({ path }) =>
    whole("import", path, "into the framework's own form, on all nodes"),
  );
  return [
    {
      name: "data",
      why: "waits until fill.sh has carried the data in",
      everywhere: false,
      accelerators: 0,
    },
    ...alone("download", "prepare/download.sh", "the checkpoint as published", 0),
    ...cast,
    ...imported,
    ...whole("train", "train/train.sh", "the run; a pod that starts again goes on from the last checkpoint"),
    ...(kit.gather
      ? whole("gather", kit.gather(run).path, "out of the framework's own form, on all nodes")
      : []),
    ...(kit.noExport?.(run) === undefined
      ? alone("export", "export/export.sh", "to the file that is served", 0)
      : []),
  ];
}

export function clusterFiles(run: Run, kit: FrameworkKit, drafts: readonly Draft[]): Draft[] {
  const name = dnsLabel(run.name);
  const stages = stagesOf(run, kit, drafts);
  const heading = `${run.name}: made suspended; README.md says in which order they start`;
  const file = (path: string, value: YamlValue, head = heading): Draft => ({
    path: `${CLUSTER_FOLDER}/${path}`,
    ...printYaml(value, [head]),
  });
  const folders = ["export", "prepare", "train"].filter((folder) => carried(drafts, folder).length > 0);
  const jobs = stages.map((stage) =>
    file(
      `${stage.name}.yaml`,
      stage.everywhere ? clusterJob(run, stage, folders) : oneNodeJob(run, stage, folders),
    ),
  );
  const resources = [
    "claim.yaml",
    "service.yaml",
    ...folders.map((folder) => `${folder}-scripts.yaml`),
    ...stages.map((stage) => `${stage.name}.yaml`),
  ];
  return [
    file("claim.yaml", claim(run, name)),
    file("service.yaml", service(name), `${run.name}: names of the pods, so that ranks find the first one`),
    ...folders.map((folder) => file(`${folder}-scripts.yaml`, scripts(name, folder, drafts))),
    ...jobs,
    file(
      "kustomization.yaml",
      {
        ...KUSTOMIZATION,
        resources,
        images: [{ name: IMAGE, newName: explained(IMAGE, "your image of the framework"), newTag: "unset" }],
      },
      `kubectl apply -k ${CLUSTER_FOLDER}`,
    ),
    startScript(name),
    fillScript(name),
    preflight(run, stages),
  ];
}

/** Files of a folder that pods run: as they lie in the kit. */
const carried = (drafts: readonly Draft[], folder: string): readonly Draft[] =>
  drafts.filter(({ path }) => path.startsWith(`${folder}/`) && !path.endsWith(".sbatch"));

function scripts(name: string, folder: string, drafts: readonly Draft[]): YamlValue {
  const data = carried(drafts, folder).map(({ path, text }) => [
    path.slice(folder.length + 1),
    new FileText(text),
  ]);
  return configMap(`${name}-${folder}`, name, Object.fromEntries(data) as Record<string, FileText>);
}

function claim({ estimate, plan }: Run, name: string): YamlValue {
  const mode =
    plan.cluster.nodes > 1
      ? explained(
          "ReadWriteMany",
          "every node reads weights and writes checkpoints: the storage class must offer it",
        )
      : explained("ReadWriteOnce", "one node reads and writes it");
  const { peak } = estimate.disk;
  const because = `weights, their copies and checkpoints: ${gb(peak)}, and 5 % of room`;
  return volumeClaim(name, name, mode, peak, because);
}

function service(name: string): YamlValue {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, labels: labelsOf(name) },
    spec: {
      clusterIP: explained("None", "names of the pods, no address in front of them"),
      publishNotReadyAddresses: explained(true, "ranks look each other up before they are ready"),
      selector: labelsOf(name),
      ports: [{ name: "rendezvous", port: 29500, targetPort: 29500 }],
    },
  };
}

function startScript(name: string): Draft {
  const lines = [
    code("#!/usr/bin/env bash"),
    comment(
      "start.sh STAGE: starts a suspended Job and waits for its end. A Job that failed is deleted and made again first.",
    ),
    code("set -euo pipefail"),
    code('stage="${1:?which stage: download, cast, import, train, gather or export}"'),
    { ...assign("name", name), because: "as the kit's objects are called" },
    ...block(`
      here=$(cd "$(dirname "\${BASH_SOURCE[0]}")" && pwd)
      job="job/\${name}-\${stage}"
      if [ "$(kubectl get "\${job}" --output 'jsonpath={.status.conditions[?(@.type=="Failed")].status}')" = True ]; then
        kubectl delete "\${job}" --wait=true
        kubectl apply -k "\${here}" --selector "app.kubernetes.io/component=\${stage}"
      fi
      kubectl patch "\${job}" --type merge --patch '{"spec":{"suspend":false}}'
      kubectl wait --for=condition=complete --timeout="\${LIMIT:-168h}" "\${job}"
    `),
  ];
  return { path: `${CLUSTER_FOLDER}/start.sh`, executable: true, ...printScript(lines) };
}

/** The data into the claim, through the Job that waits for it; the training file last, at which it ends. */
function fillScript(name: string): Draft {
  const lines = [
    code("#!/usr/bin/env bash"),
    comment("fill.sh: carries data/*.jsonl of the kit into the claim."),
    code("set -euo pipefail"),
    { ...assign("name", name), because: "as the kit's objects are called" },
    ...block(`
      here=$(cd "$(dirname "\${BASH_SOURCE[0]}")/../.." && pwd)
      job="\${name}-data"
      kubectl patch "job/\${job}" --type merge --patch '{"spec":{"suspend":false}}'
      until pod=$(kubectl get pods --selector "job-name=\${job}" --field-selector status.phase=Running --output name | grep -m1 .); do sleep 5; done
      for file in validation training; do
        source="\${here}/data/\${file}.jsonl"
        if [ ! -s "\${source}" ]; then continue; fi
        # shellcheck disable=SC2016 # expanded in the pod
        kubectl exec -i "\${pod}" -- bash -c 'cat > "$1.part" && mv -- "$1.part" "$1"' fill "/work/data/\${file}.jsonl" < "\${source}"
        printf '%s\\n' "\${source}"
      done
      kubectl wait --for=condition=complete --timeout=10m "job/\${job}"
    `),
  ];
  return { path: `${CLUSTER_FOLDER}/fill.sh`, executable: true, ...printScript(lines) };
}

function preflight(run: Run, stages: readonly Stage[]): Draft {
  const { nodes, acceleratorsPerNode } = run.plan.cluster;
  const device = deviceOf(run) ?? "";
  const fullest = fullestRank(run.estimate.memory);
  const lines = [
    code("#!/usr/bin/env bash"),
    comment("Checks the cluster against the plan, by kubectl alone"),
    code("set -euo pipefail"),
    code('here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)'),
    code('cd "${here}"'),
    ...checkHelpers(),
    {
      ...assign("want_mib", String(Math.ceil(fullest / MIB))),
      because: `the fullest rank takes ${gib(fullest)}`,
    },
    devicePath(device),
    ...clusterAnswers(),
    ...nodeCount(device, acceleratorsPerNode, nodes),
    ...checked(
      { what: `${gib(fullest)} of memory an accelerator`, by: "yourself", warns: true },
      block(`
        warn "the API does not tell the accelerators' memory: \${want_mib} MiB each"
      `),
    ),
    ...manifestChecks(`${CLUSTER_FOLDER}/claim.yaml`, CLUSTER_FOLDER),
    ...trainingData(),
    ...block(`
      printf '%s\\n' '${counted(stages.length, "Job")}: ${stages.map(({ name }) => name).join(", ")}'
    `),
    ...verdictLines("on this cluster"),
  ];
  return { path: "preflight.sh", executable: true, ...printScript(lines) };
}
