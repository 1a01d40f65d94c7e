/**
 * Distils src/core/kit/fixtures/kubernetes.schema.json: what the judges of Kubernetes files hold them to.
 *
 *   node scripts/data/kubernetes-schema.mjs <lws.crd.schema.json>
 *
 * The LeaderWorkerSet definition carries the whole PodTemplateSpec, which Deployment and Job share. Prose,
 * API-server rules (x-kubernetes-*) and fields that no kit writes are left out; unknown fields are refused.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const raw = process.argv[2];
if (!raw) {
  console.error("usage: node scripts/data/kubernetes-schema.mjs <lws.crd.schema.json>");
  process.exit(2);
}
const out = fileURLToPath(new URL("../../src/core/kit/fixtures/kubernetes.schema.json", import.meta.url));

const words = (text) => new Set(text.trim().split(/\s+/));
/** By the name of the property that holds the object: which of its fields stay. */
const KEEP = {
  pod: words(
    "automountServiceAccountToken containers enableServiceLinks initContainers nodeSelector restartPolicy " +
      "securityContext subdomain terminationGracePeriodSeconds volumes",
  ),
  container: words(
    "name image command args env ports resources securityContext volumeMounts startupProbe readinessProbe livenessProbe",
  ),
  volume: words("name configMap emptyDir persistentVolumeClaim"),
  claim: words("accessModes resources storageClassName volumeMode"),
  probe: words(
    "exec failureThreshold httpGet initialDelaySeconds periodSeconds successThreshold tcpSocket timeoutSeconds",
  ),
};
const PLACES = {
  containers: "container",
  initContainers: "container",
  volumes: "volume",
  startupProbe: "probe",
  readinessProbe: "probe",
  livenessProbe: "probe",
};

/** One node of the definition: prose out, both kinds of quantity in, unknown fields refused. */
function tidy(node, place = "") {
  if (Array.isArray(node)) return node.map((item) => tidy(item));
  if (typeof node !== "object" || node === null) return node;
  const copy = {};
  for (const [key, value] of Object.entries(node)) {
    if (key.startsWith("x-kubernetes") || key === "format" || key === "default") continue;
    if (key === "description" && typeof value === "string") continue;
    if (key === "properties") {
      const keep = KEEP[place];
      const fields = Object.entries(value).filter(([name]) => keep === undefined || keep.has(name));
      copy.properties = Object.fromEntries(fields.map(([name, field]) => [name, tidy(field, PLACES[name])]));
      copy.additionalProperties ??= false;
    } else if (key === "items") copy.items = tidy(value, place);
    else copy[key] = tidy(value);
  }
  if (node["x-kubernetes-int-or-string"]) {
    delete copy.type;
    copy.anyOf = [{ type: "integer" }, { type: "string" }];
  }
  return copy;
}

/** Subtrees that stand there twice become definitions. */
function share(schema) {
  const seen = new Map();
  const count = (node) => {
    if (typeof node !== "object" || node === null) return;
    const text = JSON.stringify(node);
    if (text.length > 160 && !Array.isArray(node) && "type" in node)
      seen.set(text, (seen.get(text) ?? 0) + 1);
    if ((seen.get(text) ?? 0) < 2) Object.values(node).forEach(count);
  };
  count(schema);
  const names = new Map([...seen].filter(([, n]) => n > 1).map(([text], i) => [text, `shared${i + 1}`]));
  const replace = (node, self) => {
    if (typeof node !== "object" || node === null) return node;
    if (Array.isArray(node)) return node.map((item) => replace(item));
    const name = names.get(JSON.stringify(node));
    if (name !== undefined && name !== self) return { $ref: `#/$defs/${name}` };
    return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, replace(value)]));
  };
  const defs = Object.fromEntries([...names].map(([text, name]) => [name, replace(JSON.parse(text), name)]));
  return { ...replace(schema), $defs: { ...replace(schema).$defs, ...defs } };
}

const text = { type: "string" };
const whole = { type: "integer", minimum: 0 };
const closed = (properties, required = Object.keys(properties)) => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
});
const labels = { type: "object", additionalProperties: { type: "string", maxLength: 63 } };
/** Names become parts of pod names and of label values: room for what controllers add. */
const metadata = closed(
  { name: { type: "string", pattern: "^[a-z]([-a-z0-9]*[a-z0-9])?$", maxLength: 52 }, labels },
  ["name"],
);
const object = (apiVersion, kind, fields, required = Object.keys(fields)) =>
  closed({ apiVersion: { const: apiVersion }, kind: { const: kind }, metadata, ...fields }, [
    "apiVersion",
    "kind",
    "metadata",
    ...required,
  ]);

const definition = JSON.parse(readFileSync(raw, "utf8")).crds.LeaderWorkerSet.versions[0];
const lws = definition.schema.properties.spec.properties;
const template = lws.leaderWorkerTemplate.properties.workerTemplate;
const pod = {
  type: "object",
  properties: {
    metadata: closed({ labels }, []),
    spec: tidy(template.properties.spec, "pod"),
  },
  required: ["metadata", "spec"],
  additionalProperties: false,
};
const group = Object.fromEntries(
  ["size", "restartPolicy"].map((name) => [name, tidy(lws.leaderWorkerTemplate.properties[name])]),
);
const claim = tidy(lws.leaderWorkerTemplate.properties.volumeClaimTemplates.items.properties.spec, "claim");
const podRef = { $ref: "#/$defs/PodTemplateSpec" };

const schema = {
  $schema: "http://json-schema.org/draft-07/schema#",
  $comment:
    "PodTemplateSpec, PersistentVolumeClaimSpec and LeaderWorkerSet: kubernetes-sigs/lws, CRD leaderworkersets.leaderworkerset.x-k8s.io " +
    `${definition.name}, Apache-2.0; prose and fields that kits never write removed, unknown fields refused. The other objects: the ` +
    "Kubernetes API reference's fields that kits write. Not shipped. Made by scripts/data/kubernetes-schema.mjs.",
  $defs: {
    PodTemplateSpec: pod,
    LeaderWorkerSet: object("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", {
      spec: closed(
        {
          replicas: tidy(lws.replicas),
          startupPolicy: tidy(lws.startupPolicy),
          networkConfig: tidy(lws.networkConfig),
          leaderWorkerTemplate: closed({ ...group, leaderTemplate: podRef, workerTemplate: podRef }),
        },
        ["leaderWorkerTemplate"],
      ),
    }),
    Deployment: object("apps/v1", "Deployment", {
      spec: closed(
        {
          replicas: whole,
          strategy: closed({ type: { enum: ["Recreate", "RollingUpdate"] } }),
          progressDeadlineSeconds: whole,
          selector: closed({ matchLabels: labels }),
          template: podRef,
        },
        ["replicas", "strategy", "selector", "template"],
      ),
    }),
    StatefulSet: object("apps/v1", "StatefulSet", {
      spec: closed({
        serviceName: text,
        replicas: whole,
        podManagementPolicy: { enum: ["OrderedReady", "Parallel"] },
        selector: closed({ matchLabels: labels }),
        template: podRef,
      }),
    }),
    Job: object("batch/v1", "Job", {
      spec: closed(
        {
          backoffLimit: whole,
          completionMode: { enum: ["Indexed", "NonIndexed"] },
          completions: whole,
          parallelism: whole,
          suspend: { type: "boolean" },
          template: podRef,
        },
        ["backoffLimit", "template"],
      ),
    }),
    Service: object("v1", "Service", {
      spec: closed(
        {
          type: { enum: ["ClusterIP", "NodePort", "LoadBalancer"] },
          clusterIP: { const: "None" },
          publishNotReadyAddresses: { type: "boolean" },
          selector: labels,
          ports: {
            type: "array",
            minItems: 1,
            items: closed({ name: text, port: whole, targetPort: { anyOf: [whole, text] } }),
          },
        },
        ["selector", "ports"],
      ),
    }),
    PersistentVolumeClaim: object("v1", "PersistentVolumeClaim", { spec: claim }),
    ConfigMap: object("v1", "ConfigMap", { data: { type: "object", additionalProperties: text } }),
    Kustomization: closed(
      {
        apiVersion: { const: "kustomize.config.k8s.io/v1beta1" },
        kind: { const: "Kustomization" },
        resources: { type: "array", items: text },
        images: { type: "array", items: closed({ name: text, newName: text, newTag: text }) },
      },
      ["apiVersion", "kind", "resources"],
    ),
  },
};

const printed = `${JSON.stringify(share(schema))}\n`;
writeFileSync(out, printed);
console.log(`kubernetes.schema.json: ${(printed.length / 1e3).toFixed(1)} kB`);
