/** Kubernetes: a Deployment on one node, a LeaderWorkerSet over several; namespace and nodes stay the user's. */
import type { Unsupported } from "../../../domain/kit.ts";
import type { Problem } from "../../../domain/problem.ts";
import { gb } from "../../engines/arguments.ts";
import { imageOf, scriptHead, type Draft, type Parts } from "../../files/draft.ts";
import { checkHelpers, verdictLines } from "../../files/preflight.ts";
import { minutes } from "../../files/readme.ts";
import { environmentFile } from "../../files/serve.ts";
import type { KitIr, Launch } from "../../ir.ts";
import { blank, block, checked, code, printScript, variable, type ScriptLine } from "../../render/shell.ts";
import { markdownCode } from "../../text.ts";
import { downloadStep } from "../phrases.ts";
import type { Runbook, Target } from "../target.ts";
import { createFiles } from "./create.ts";
import { namesOf, TOKEN_SECRET } from "./names.ts";
import { acceleratorsPerPod, deviceResource } from "./pod.ts";
import { clusterAnswers, devicePath, manifestChecks, nodeCount } from "./preflight-cluster.ts";
import { SERVER_FOLDER, serverFiles } from "./server.ts";
import { claimBytes, severalPods, WEIGHTS_FOLDER, weightsFiles } from "./weights.ts";

export const kubernetesTarget: Target = {
  refuse,
  reword,
  unsupported: listUnsupported,
  files: (parts) => [
    preflight(parts, deviceLines(parts.ir, ...needs(parts.ir)), parts.ir.placement.nodesPerReplica > 1),
    environmentFile(parts, []),
    ...weightsFiles(parts),
    ...serverFiles(parts),
    ...createFiles(parts),
  ],
  runbook,
};

function refuse(ir: KitIr, { withoutContainers, state }: Launch): Problem | undefined {
  if (state && ir.placement.replicas > 1) {
    return {
      path: "layout.replicas",
      problem: `each replica of ${ir.engine.name} keeps a copy of the weights, and the kit's claim is one: take one replica`,
    };
  }
  if (withoutContainers !== undefined) return { path: "target", problem: `${withoutContainers}: take shell` };
  if (deviceResource(ir) !== undefined) return undefined;
  const vendor = ir.accelerator?.vendor ?? "";
  return { path: "target", problem: `no Kubernetes resource name of ${vendor} accelerators is known` };
}

const REASONS: Readonly<Record<string, string>> = {
  HOST: "every address of the pod; the Service in front answers inside the cluster only",
  PORT: "as in service.yaml; forwarded to this machine, smoke.sh and bench.sh use the same",
};

/** Pods do not read serve/env. */
function reword(launch: Launch): Launch {
  const list = launch.arguments.map((entry) => {
    const name = typeof entry.value === "object" && "variable" in entry.value ? entry.value.variable : "";
    return { ...entry, because: REASONS[name] ?? entry.because };
  });
  const own = (launch.exports ?? []).map((entry) =>
    typeof entry.value === "object" && "address" in entry.value
      ? {
          ...entry,
          value: variable("POD_IP"),
          because: "the pod's own address, where the other half reaches it",
        }
      : entry,
  );
  return { ...launch, arguments: list, ...(launch.exports ? { exports: own } : {}) };
}

function listUnsupported(ir: KitIr, { bench }: Launch): Unsupported[] {
  const list: Unsupported[] = [];
  if (imageOf(ir) === undefined) {
    list.push({
      path: "target",
      reason: `no container image of ${ir.engine.name} ${ir.version.version} for these accelerators is known by a fixed tag: name one under images in ${WEIGHTS_FOLDER}/kustomization.yaml and ${SERVER_FOLDER}/kustomization.yaml`,
    });
  }
  if (ir.placement.nodesPerReplica > 1 || ir.role !== undefined) {
    list.push({
      path: "cluster.fabric",
      reason:
        "ranks meet over the pod network; the resource name of the fast fabric's devices is your cluster's own: add it to both templates of server.yaml",
    });
  }
  if (bench.standalone) {
    list.push({
      path: "target",
      reason: `${bench.command} loads the weights itself: bench.sh runs on a machine with the accelerators, not through a forwarded port`,
    });
  }
  return list;
}

function runbook(parts: Parts): Runbook {
  const { ir, launch, reads } = parts;
  const { server, service, weights } = namesOf(ir);
  const several = ir.placement.nodesPerReplica > 1;
  const hub = ir.origin.kind === "repository";
  const apply = markdownCode(`kubectl apply -k ${WEIGHTS_FOLDER}`);
  const claim = `${gb(claimBytes(parts))}${severalPods(parts) ? ", ReadWriteMany" : ""}`;
  const wait = markdownCode(`kubectl wait --for=condition=complete --timeout=24h job/${weights}`);
  return {
    settings: `Choose namespace and context as usual (${markdownCode("kubectl config set-context --current --namespace=...")}); the files name none. Add nodeSelector, tolerations and storageClassName where your cluster wants them.`,
    preflight: `${markdownCode("./preflight.sh")}: the cluster against the plan, by ${markdownCode("kubectl")} alone.`,
    weights: hub
      ? [
          `${apply}: a claim of ${claim} and the Job that fetches and checks it; ${wait}. A token, where one is asked for: Secret ${markdownCode(TOKEN_SECRET.name)}, key ${markdownCode(TOKEN_SECRET.key)}.`,
          `Without a way to the hub: set ${markdownCode("WEIGHTS_FROM")} in ${markdownCode(`${WEIGHTS_FOLDER}/job.yaml`)} to ${markdownCode("carried")}, then ${markdownCode("./serve/fill.sh")} from a machine that has the files in ${markdownCode("MODEL_DIR")}.`,
        ]
      : [
          `On a machine with the disk for it, ${markdownCode("MODEL_DIR")} set in ${markdownCode("serve/env")}: the next steps make the GGUF files there.`,
          downloadStep(parts),
        ],
    converted: hub
      ? []
      : [
          `${apply}: a claim of ${claim}; then ${markdownCode("./serve/fill.sh")} carries the files in and waits until the Job has checked them.`,
        ],
    start: [
      `${markdownCode(`kubectl apply -k ${SERVER_FOLDER}`)}: ${several ? "a LeaderWorkerSet (its controller must be installed)" : "a Deployment"} and a Service. ${markdownCode(several ? `kubectl get pods --selector leaderworkerset.sigs.k8s.io/name=${server} --watch` : `kubectl rollout status deployment/${server} --timeout=${reads.limitSeconds}s`)}: ${minutes(reads.seconds)} expected once the image is there.`,
    ],
    reach: [
      `${markdownCode(`kubectl port-forward service/${service} ${launch.port}:${launch.port}`)} in another terminal: what follows asks 127.0.0.1 at the first of the two, ${markdownCode("PORT")} in ${markdownCode("serve/env")}.`,
    ],
    ...(hub
      ? {
          bench: `It needs the engine's client here, and the checkpoint's small files for its tokenizer in ${markdownCode("MODEL_DIR")}.`,
        }
      : {}),
  };
}

/** `devices`: how its accelerators are counted; `groups`: pods that start as groups need their controller. */
export function preflight({ ir, launch }: Parts, devices: readonly ScriptLine[], groups: boolean): Draft {
  const lines: ScriptLine[] = [
    ...scriptHead(ir, "Checks the cluster against the plan", "serve/env"),
    code('cd "${here}"'),
    ...checkHelpers(),
    blank,
    ...clusterAnswers(),
    ...(groups ? CONTROLLER : []),
    ...devices,
    ...manifestChecks(`${WEIGHTS_FOLDER}/claim.yaml`, SERVER_FOLDER),
    ...checked(
      { what: `Port ${launch.port} of this machine free, to forward to`, by: "/dev/tcp", warns: true },
      block(`
        if (exec 3<> "/dev/tcp/127.0.0.1/\${PORT}") 2> /dev/null; then warn "port \${PORT} of this machine is taken: nothing can be forwarded to it"; fi
      `),
    ),
    ...verdictLines("on this cluster"),
  ];
  return { path: "preflight.sh", executable: true, ...printScript(lines) };
}

const CONTROLLER = checked(
  { what: "LeaderWorkerSet is installed", by: "kubectl" },
  block(`
  if kubectl get customresourcedefinition leaderworkersets.leaderworkerset.x-k8s.io > /dev/null 2>&1; then
    pass 'LeaderWorkerSet is installed'
  else
    miss 'LeaderWorkerSet is not installed: https://lws.sigs.k8s.io'
  fi
`),
);

/** Accelerators that a node must have to count, and how many such nodes. */
function needs(ir: KitIr): [each: number, nodes: number] {
  const pods = ir.placement.nodesPerReplica * ir.placement.replicas;
  const perNode = Math.max(1, Math.floor(ir.placement.acceleratorsPerNode / acceleratorsPerPod(ir)));
  return [acceleratorsPerPod(ir), Math.ceil(pods / perNode)];
}

export function deviceLines(ir: KitIr, each: number, nodes: number): ScriptLine[] {
  const device = deviceResource(ir);
  return device ? [devicePath(device), ...nodeCount(device, each, nodes)] : [];
}
