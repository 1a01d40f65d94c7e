/** What a preflight asks of a cluster, by kubectl alone, whatever is started there. */
import { counted } from "../../engines/arguments.ts";
import { assign, block, checked, type ScriptLine } from "../../render/shell.ts";

export const clusterAnswers = (): ScriptLine[] =>
  checked(
    { what: "kubectl reaches a cluster", by: "kubectl" },
    block(`
      if ! kubectl version > /dev/null 2>&1; then
        miss 'kubectl reaches no cluster'
        exit 1
      fi
      pass 'kubectl reaches a cluster'
    `),
  );

/** The jsonpath that prints a node's count of `device` a line. */
export const devicePath = (device: string): ScriptLine =>
  assign("path", `{range .items[*]}{.status.allocatable.${device.replaceAll(".", "\\.")}}{"\\n"}{end}`);

/** Nodes with enough free accelerators are not known to the API without its pods: allocatable ones are counted. */
export const nodeCount = (device: string, each: number, nodes: number): ScriptLine[] =>
  checked(
    { what: `${counted(nodes, "node")} with ${each} × ${device}`, by: "kubectl" },
    block(`
      nodes=0
      while read -r have; do
        if [ "\${have:-0}" -ge ${each} ]; then nodes=$((nodes + 1)); fi
      done < <(kubectl get nodes --output "jsonpath=\${path}")
      at_least "\${nodes}" ${nodes} 'nodes with ${each} x ${device}'
    `),
  );

/** `claim`: the file of the volume's claim; `folder`: the kustomization that names the image. */
export const manifestChecks = (claim: string, folder: string): ScriptLine[] => [
  ...checked(
    { what: "A storage class for the claim", by: "kubectl", warns: true },
    block(`
      classes=$(kubectl get storageclass --output name | wc -l)
      if [ "\${classes}" -ge 1 ]; then pass "\${classes} storage classes"; else warn 'no storage class: name a volume in ${claim}'; fi
    `),
  ),
  ...checked(
    { what: `An image named in ${folder}/kustomization.yaml`, by: "grep" },
    block(`
      if grep -q 'newTag: "unset"' ${folder}/kustomization.yaml; then miss 'no image named in ${folder}/kustomization.yaml'; fi
    `),
  ),
];
