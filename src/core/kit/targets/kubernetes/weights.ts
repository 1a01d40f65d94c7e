/** serve/kubernetes/weights/: a claim as large as the weights, and the Job that fills and checks it. */
import { gb } from "../../engines/arguments.ts";
import { diskNeeds } from "../../files/disk.ts";
import { downloadScript } from "../../files/download.ts";
import { headline, scriptHead, type Draft, type Parts } from "../../files/draft.ts";
import { assign, block, printScript, type ScriptLine } from "../../render/shell.ts";
import { explained, FileText, printYaml, type YamlValue } from "../../render/yaml.ts";
import { labelsOf, namesOf } from "./names.ts";
import { configMap, KUSTOMIZATION, TOKEN_VARIABLE, volumeClaim } from "./objects.ts";
import { imageValue } from "./pod.ts";
import { unknownImage } from "./server.ts";
import { MODEL_MOUNT } from "./words.ts";

export const WEIGHTS_FOLDER = "serve/kubernetes/weights";
/** Times that a broken download is taken up again. */
const ATTEMPTS = 20;

export function weightsFiles(parts: Parts): Draft[] {
  const { state } = parts.launch;
  const file = (
    name: string,
    value: YamlValue,
    heading: readonly string[] = [headline(parts.ir)],
  ): Draft => ({
    path: `${WEIGHTS_FOLDER}/${name}`,
    ...printYaml(value, heading),
  });
  return [
    file("claim.yaml", claim(parts)),
    ...(state ? [file("state.yaml", stateClaim(parts))] : []),
    file("scripts.yaml", scripts(parts)),
    file("job.yaml", job(parts)),
    file(
      "kustomization.yaml",
      {
        ...KUSTOMIZATION,
        resources: ["claim.yaml", ...(state ? ["state.yaml"] : []), "scripts.yaml", "job.yaml"],
        ...unknownImage(parts),
      },
      [`kubectl apply -k ${WEIGHTS_FOLDER}`],
    ),
    fillScript(parts),
  ];
}

/** Bytes that the server reads, on its claim: a conversion happens elsewhere. */
export const claimBytes = ({ ir }: Parts): number =>
  ir.origin.kind === "convert" ? ir.serving : diskNeeds(ir).download;

export const severalPods = ({ ir }: Parts): boolean =>
  ir.placement.nodesPerReplica > 1 || ir.placement.replicas > 1 || ir.plan.layout.disaggregated !== null;

function claim(parts: Parts): YamlValue {
  const { server, weights } = namesOf(parts.ir);
  const bytes = claimBytes(parts);
  const mode = severalPods(parts)
    ? explained("ReadWriteMany", "several pods read one copy: the storage class must offer it")
    : explained(
        "ReadWriteOnce",
        "one pod reads it; the Job before it, on the same node where storage is local",
      );
  return volumeClaim(weights, server, mode, bytes, `${gb(bytes)} of weights and 5 % of room`);
}

/** What the server makes of the weights stays when it is deleted. */
function stateClaim({ ir, launch }: Parts): YamlValue {
  const { server, state } = namesOf(ir);
  const because = `${launch.state?.because ?? ""}, and 5 % of room`;
  return volumeClaim(state, server, "ReadWriteOnce", ir.serving, because);
}

function scripts(parts: Parts): YamlValue {
  const { server, weights } = namesOf(parts.ir);
  const data: Record<string, FileText> = { "weights.sh": new FileText(weightsScript(parts)) };
  if (parts.ir.origin.kind === "repository") {
    data["download.sh"] = new FileText(downloadScript(parts).text);
    data["env"] = new FileText(`MODEL_DIR=${MODEL_MOUNT}\n`);
  }
  return configMap(weights, server, data);
}

/** What the Job runs: the kit's own download.sh, or waiting until serve/fill.sh has carried everything in. */
function weightsScript({ ir }: Parts): string {
  const hub =
    ir.origin.kind === "repository"
      ? block(`
          if [ "\${WEIGHTS_FROM}" = hub ]; then
            exec bash /kit/download.sh
          fi
        `)
      : [];
  const lines: ScriptLine[] = [
    ...scriptHead(ir, "Fills the claim and checks it", null).filter(({ text }) => !text.startsWith("here=")),
    ...hub,
    ...block(`
      cd ${MODEL_MOUNT}
      until [ -s SHA256SUMS ]; do sleep 10; done
      sha256sum --check --quiet SHA256SUMS
      printf 'checked: %s files\\n' "$(wc -l < SHA256SUMS)"
    `),
  ];
  return printScript(lines).text;
}

function job(parts: Parts): YamlValue {
  const { ir } = parts;
  const { server, weights } = namesOf(ir);
  const hub = ir.origin.kind === "repository";
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: weights, labels: labelsOf(server) },
    spec: {
      backoffLimit: explained(ATTEMPTS, "each attempt goes on where the last one broke off"),
      template: {
        metadata: { labels: labelsOf(weights) },
        spec: {
          restartPolicy: "OnFailure",
          automountServiceAccountToken: explained(false, "the Job asks nothing of the cluster"),
          enableServiceLinks: false,
          securityContext: { seccompProfile: { type: "RuntimeDefault" } },
          containers: [container(parts, hub)],
          volumes: [
            { name: "model", persistentVolumeClaim: { claimName: weights } },
            { name: "home", emptyDir: { sizeLimit: "8Gi" } },
            {
              name: "kit",
              configMap: {
                name: weights,
                items: [
                  { key: "weights.sh", path: "weights.sh" },
                  ...(hub
                    ? [
                        { key: "download.sh", path: "download.sh" },
                        { key: "env", path: "serve/env" },
                      ]
                    : []),
                ],
              },
            },
          ],
        },
      },
    },
  };
}

function container(parts: Parts, hub: boolean): YamlValue {
  return {
    name: "weights",
    image: imageValue(parts.ir),
    command: ["/bin/bash", "/kit/weights.sh"],
    env: [
      {
        name: "WEIGHTS_FROM",
        value: hub
          ? explained("hub", "carried: waits for serve/fill.sh instead, where no hub can be reached")
          : explained("carried", "serve/fill.sh brings what convert/ made"),
      },
      { name: "HOME", value: "/home-of-job" },
      ...(hub ? [TOKEN_VARIABLE] : []),
    ],
    resources: {
      requests: {
        cpu: explained("4", "several files at once, and their checksums"),
        memory: explained("8Gi", "buffers of the client, assumed"),
        "ephemeral-storage": "8Gi",
      },
    },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    volumeMounts: [
      { name: "model", mountPath: MODEL_MOUNT },
      { name: "home", mountPath: "/home-of-job" },
      { name: "kit", mountPath: "/kit", readOnly: true },
    ],
  };
}

/** serve/fill.sh: files of this machine into the claim, through the waiting Job's pod. */
function fillScript({ ir }: Parts): Draft {
  const lines: ScriptLine[] = [
    ...scriptHead(ir, "Carries the weights of this machine into the claim", "env"),
    assign("job", namesOf(ir).weights),
    ...block(`
      pod=$(kubectl get pods --selector "job-name=\${job}" --field-selector status.phase=Running --output name | head -n 1)
      : "\${pod:?the Job does not run: kubectl apply -k ${WEIGHTS_FOLDER}}"
      cd "\${MODEL_DIR}"
    `),
    ...(ir.origin.kind === "convert"
      ? block(`
          if [ ! -s SHA256SUMS ]; then sha256sum -- *.gguf > SHA256SUMS; fi
        `)
      : []),
    ...block(`
      # carry FILE: whole or not at all; what is there in full size is left out
      carry() {
        local want have
        want=$(stat -c %s -- "$1")
        have=$(kubectl exec "\${pod}" -- stat -c %s "${MODEL_MOUNT}/$1" 2> /dev/null) || have=0
        if [ "\${have}" = "\${want}" ]; then return; fi
        printf '%s: %s bytes\\n' "$1" "\${want}"
        # shellcheck disable=SC2016 # expanded in the pod
        kubectl exec -i "\${pod}" -- bash -c 'cat > "$1.part" && mv -- "$1.part" "$1"' fill "${MODEL_MOUNT}/$1" < "$1"
      }
      mapfile -t files < <(find . -maxdepth 1 -type f -not -name SHA256SUMS -printf '%P\\n' | sort)
      for file in "\${files[@]}"; do carry "\${file}"; done
      carry SHA256SUMS
      kubectl wait --for=condition=complete --timeout=6h "job/\${job}"
    `),
  ];
  return { path: "serve/fill.sh", executable: true, ...printScript(lines) };
}
