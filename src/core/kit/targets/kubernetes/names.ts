/** Names that Kubernetes takes, and what the objects of one kit call each other. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { KitIr } from "../../ir.ts";

/** Suffixes that controllers add (`-0-1`, a pod's hash) must leave room in the label's 63 characters. */
const LONGEST = 40;

/** A DNS label (RFC 1123) of at most `longest` characters; what is cut off stays in a hash. */
export function dnsLabel(text: string, longest = LONGEST): string {
  const clean = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^[^a-z]+|-+$/g, "");
  const label = clean === "" ? "fathom" : clean;
  if (label.length <= longest) return label;
  const hash = bytesToHex(sha256(utf8ToBytes(text))).slice(0, 6);
  return `${label.slice(0, longest - 7).replaceAll(/-+$/g, "")}-${hash}`;
}

export interface Names {
  readonly server: string;
  readonly service: string;
  readonly weights: string;
  readonly settings: string;
  /** The claim for what the server itself writes. */
  readonly state: string;
}

/** Pools read one claim; all else is each half's own. */
export function namesOf({ plan, role }: KitIr): Names {
  const kit = `${plan.model}-${plan.weights}-${plan.engine}`;
  const server = role === undefined ? dnsLabel(kit) : `${dnsLabel(kit, LONGEST - role.length - 1)}-${role}`;
  return {
    server,
    service: `${server}-http`,
    weights: `${dnsLabel(kit)}-weights`,
    settings: `${server}-settings`,
    state: `${server}-state`,
  };
}

export const labelsOf = (name: string): { readonly [key: string]: string } => ({
  "app.kubernetes.io/name": name,
  "app.kubernetes.io/part-of": "fathom",
});

/** Secret of the user's own making; the kit never holds its value. */
export const TOKEN_SECRET = { name: "hf-token", key: "token" } as const;

/** Stands for an image that nobody knows by a fixed tag: `images` of the kustomization names it. */
export const UNKNOWN_IMAGE = "engine";
