/** Objects and fields that every kit for Kubernetes has, serving or training. */
import { GIB } from "../../../units/quantity.ts";
import { explained, type FileText, type YamlValue } from "../../render/yaml.ts";
import { labelsOf, TOKEN_SECRET } from "./names.ts";

/** Device plugins' names of one accelerator, by vendor in small letters. */
const DEVICE: Readonly<Record<string, string>> = { nvidia: "nvidia.com/gpu", amd: "amd.com/gpu" };

export const deviceOfVendor = (vendor: string): string | undefined => DEVICE[vendor.toLowerCase()];

/** Room for file systems' own needs and clients' notes. Assumed. */
const ROOM = 1.05;

export const KUSTOMIZATION = {
  apiVersion: "kustomize.config.k8s.io/v1beta1",
  kind: "Kustomization",
} as const;

export const TOKEN_VARIABLE: YamlValue = {
  name: "HF_TOKEN",
  valueFrom: {
    secretKeyRef: {
      ...TOKEN_SECRET,
      optional: explained(true, "only a mirror or a gated repository asks for one"),
    },
  },
};

/** `owner`: the server or run whose labels it carries. */
export function configMap(
  name: string,
  owner: string,
  data: { readonly [file: string]: FileText },
): YamlValue {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, labels: labelsOf(owner) }, data };
}

/** A claim of so many bytes and some room; `because`: what the bytes are. */
export function volumeClaim(
  name: string,
  owner: string,
  mode: YamlValue,
  bytes: number,
  because: string,
): YamlValue {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name, labels: labelsOf(owner) },
    spec: {
      accessModes: [mode],
      resources: { requests: { storage: explained(`${Math.ceil((bytes * ROOM) / GIB)}Gi`, because) } },
    },
  };
}
