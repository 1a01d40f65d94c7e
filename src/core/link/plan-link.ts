/**
 * A plan as the text after the `#` of a link, and back.
 *
 *   link = version "." base64url(packing, crc32(delta), delta | deflate(delta))
 *
 * The delta is the plan's difference from the version's frozen base plan, as JSON with sorted keys, so
 * equal plans give equal links. Every version that was ever written stays readable.
 */
import { deflateSync, inflateSync, strFromU8, strToU8 } from "fflate";
import type { Plan } from "../domain/plan.ts";
import type { Problem } from "../domain/problem.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { fromBase64Url, toBase64Url } from "./base64url.ts";
import { crc32 } from "./checksum.ts";
import { apply, diff } from "./delta.ts";
import { findHostile, isObject, sortKeys, type Json, type JsonObject } from "./json.ts";
import type { LinkVersion } from "./link-version.ts";
import { VERSION_1 } from "./version-1.ts";

/** Position n is version n + 1. */
const VERSIONS: readonly LinkVersion[] = [VERSION_1];

/** Longest plans take under 2,000 characters; the rest is room for fields to come. */
const MAX_LINK_CHARACTERS = 16_384;
/** A plan is under 4 kB of JSON: what inflates to more is no plan. */
const MAX_DELTA_BYTES = 65_536;

const PLAIN = 0;
const DEFLATED = 1;
const HEADER_BYTES = 5;

/** Throws: a bug only, when the value is no JSON object. */
export function planToLink(plan: Plan): string {
  return writeLink(JSON.parse(JSON.stringify(plan)) as JsonObject, VERSIONS);
}

/**
 * The plan that a link carries, as JSON that is still to be parsed (`parsePlan`): a link may come from
 * anybody. A leading `#` and white space around are dropped.
 *
 * Returns a Problem with path `link` for anything that is no whole link of a known version.
 */
export function linkToPlan(text: string): Result<unknown, Problem> {
  return readLink(text, VERSIONS);
}

/** `planToLink` for any object and any list of versions; writes the newest. */
export function writeLink(plan: JsonObject, versions: readonly LinkVersion[]): string {
  const version = versions.at(-1);
  if (!version) throw new Error("no link version to write");
  const delta = strToU8(JSON.stringify(sortKeys(diff(version.base, plan))));
  const deflated = deflateSync(delta, { level: 9, dictionary: strToU8(version.dictionary) });
  const packed = deflated.length < delta.length;
  const payload = packed ? deflated : delta;
  const bytes = new Uint8Array(HEADER_BYTES + payload.length);
  bytes[0] = packed ? DEFLATED : PLAIN;
  new DataView(bytes.buffer).setUint32(1, crc32(delta));
  bytes.set(payload, HEADER_BYTES);
  return `${versions.length}.${toBase64Url(bytes)}`;
}

/** `linkToPlan` for any list of versions. */
export function readLink(text: string, versions: readonly LinkVersion[]): Result<JsonObject, Problem> {
  const hash = text.length > MAX_LINK_CHARACTERS + 64 ? text : text.trim().replace(/^#/, "");
  if (hash.length > MAX_LINK_CHARACTERS) {
    return refuse(
      `is ${hash.length.toLocaleString("en-US")} characters long, and no plan needs more than ${MAX_LINK_CHARACTERS.toLocaleString("en-US")}`,
    );
  }
  const match = /^([1-9]\d{0,5})\.(.*)$/s.exec(hash);
  if (!match) return refuse('is no Fathom link: expected "1." and then the packed plan');
  const number = Number(match[1]);
  const version = versions[number - 1];
  if (!version) {
    return refuse(`is of version ${number}, and this Fathom reads links up to version ${versions.length}`);
  }
  const delta = unpack(match[2] ?? "", version);
  if (!delta.ok) return delta;
  const plan = apply(version.base, delta.value);
  return ok(versions.slice(number - 1, -1).reduce((old, { migrate }) => migrated(old, migrate), plan));
}

function migrated(plan: JsonObject, migrate: LinkVersion["migrate"]): JsonObject {
  if (!migrate) throw new Error("a link version that has a successor needs `migrate`");
  return migrate(plan);
}

function unpack(text: string, version: LinkVersion): Result<JsonObject, Problem> {
  const bytes = fromBase64Url(text);
  if (!bytes || bytes.length <= HEADER_BYTES) return refuse("is incomplete or holds foreign characters");
  const packing = bytes[0];
  const payload = bytes.subarray(HEADER_BYTES);
  const delta = packing === DEFLATED ? inflate(payload, version) : packing === PLAIN ? payload : null;
  if (delta && delta.length > MAX_DELTA_BYTES) return refuse("unpacks to more than a plan can be");
  const expected = new DataView(bytes.buffer).getUint32(1);
  if (!delta || crc32(delta) !== expected) return refuse("is incomplete or was changed on its way");
  return parseDelta(strFromU8(delta));
}

/** Null for a broken stream. Writes at most one byte more than allowed, however much the stream holds. */
function inflate(payload: Uint8Array, version: LinkVersion): Uint8Array | null {
  const out = new Uint8Array(MAX_DELTA_BYTES + 1);
  try {
    return inflateSync(payload, { out, dictionary: strToU8(version.dictionary) });
  } catch {
    return null;
  }
}

function parseDelta(text: string): Result<JsonObject, Problem> {
  let delta: Json;
  try {
    delta = JSON.parse(text) as Json;
  } catch {
    return refuse("holds no plan");
  }
  if (!isObject(delta)) return refuse("holds no plan");
  const hostile = findHostile(delta);
  return hostile === undefined ? ok(delta) : refuse(hostile);
}

function refuse(problem: string): Result<never, Problem> {
  return fail({ path: "link", problem });
}
