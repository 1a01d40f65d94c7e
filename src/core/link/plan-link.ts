/**
 * A plan as the text after the `#` of a link, and back.
 *
 *   link    = version "." base64url(packing, crc32(goal delta), delta | deflate(delta))
 *   packing = 2 * number of the base + 1 where deflated
 *
 * The delta is the plan's difference from the frozen base plan of its goal, as JSON with sorted keys, so
 * equal plans give equal links. Serving plans have base 0, and nothing before the delta in the checksum.
 * Every version that was ever written stays readable.
 */
import { deflateSync, inflateSync, strFromU8, strToU8 } from "fflate";
import type { AnyPlan } from "../domain/any-plan.ts";
import type { Problem } from "../domain/problem.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { fromBase64Url, toBase64Url } from "./base64url.ts";
import { crc32 } from "./checksum.ts";
import { apply, diff } from "./delta.ts";
import { findHostile, isObject, sortKeys, type Json, type JsonObject } from "./json.ts";
import type { LinkBase, LinkVersion } from "./link-version.ts";
import { VERSION_1 } from "./version-1.ts";

/** Position n is version n + 1. */
const VERSIONS: readonly LinkVersion[] = [VERSION_1];

/** Longest plans take under 2,000 characters; the rest is room for fields to come. */
const MAX_LINK_CHARACTERS = 16_384;
/** A plan is under 4 kB of JSON: what inflates to more is no plan. */
const MAX_DELTA_BYTES = 65_536;

const DEFLATED = 1;
const HEADER_BYTES = 5;

/** Throws: a bug only, when the value is no JSON object. */
export function planToLink(plan: AnyPlan): string {
  return writeLink(JSON.parse(JSON.stringify(plan)) as JsonObject, VERSIONS);
}

/**
 * The plan that a link carries, as JSON that is still to be parsed (`parseAnyPlan`): a link may come
 * from anybody. A leading `#` and white space around are dropped.
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
  const number = baseNumber(version, plan);
  const numbered = baseAt(version, number);
  if (!numbered) throw new Error(`no base ${number}`);
  const { base, dictionary, goal } = numbered;
  const delta = strToU8(JSON.stringify(sortKeys(diff(base, plan))));
  const deflated = deflateSync(delta, { level: 9, dictionary: strToU8(dictionary) });
  const packed = deflated.length < delta.length;
  const payload = packed ? deflated : delta;
  const bytes = new Uint8Array(HEADER_BYTES + payload.length);
  bytes[0] = 2 * number + (packed ? DEFLATED : 0);
  new DataView(bytes.buffer).setUint32(1, checksum(goal, delta));
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
  const unpacked = unpack(match[2] ?? "", version);
  if (!unpacked.ok) return unpacked;
  const plan = apply(unpacked.value.base, unpacked.value.delta);
  return ok(versions.slice(number - 1, -1).reduce((old, { migrate }) => migrated(old, migrate), plan));
}

function migrated(plan: JsonObject, migrate: LinkVersion["migrate"]): JsonObject {
  if (!migrate) throw new Error("a link version that has a successor needs `migrate`");
  return migrate(plan);
}

/** A base with the goal that its links' checksums begin with; none for serving plans. */
interface NumberedBase extends LinkBase {
  readonly goal?: string;
}

function baseNumber({ goals = [] }: LinkVersion, plan: JsonObject): number {
  return goals.findIndex(({ goal }) => goal === plan["goal"]) + 1;
}

function baseAt(version: LinkVersion, number: number): NumberedBase | undefined {
  if (number === 0) return { base: version.base, dictionary: version.dictionary };
  return version.goals?.[number - 1];
}

function checksum(goal: string | undefined, delta: Uint8Array): number {
  if (goal === undefined) return crc32(delta);
  const name = strToU8(goal);
  const whole = new Uint8Array(name.length + delta.length);
  whole.set(name);
  whole.set(delta, name.length);
  return crc32(whole);
}

function unpack(
  text: string,
  version: LinkVersion,
): Result<{ base: JsonObject; delta: JsonObject }, Problem> {
  const bytes = fromBase64Url(text);
  if (!bytes || bytes.length <= HEADER_BYTES) return refuse("is incomplete or holds foreign characters");
  const packing = bytes[0] ?? 0;
  const numbered = baseAt(version, packing >> 1);
  if (!numbered) return refuse("is incomplete or was changed on its way");
  const payload = bytes.subarray(HEADER_BYTES);
  const delta = (packing & DEFLATED) === 0 ? payload : inflate(payload, numbered.dictionary);
  if (delta && delta.length > MAX_DELTA_BYTES) return refuse("unpacks to more than a plan can be");
  const expected = new DataView(bytes.buffer).getUint32(1);
  if (!delta || checksum(numbered.goal, delta) !== expected)
    return refuse("is incomplete or was changed on its way");
  const parsed = parseDelta(strFromU8(delta));
  return parsed.ok ? ok({ base: numbered.base, delta: parsed.value }) : parsed;
}

/** Null for a broken stream. Writes at most one byte more than allowed, however much the stream holds. */
function inflate(payload: Uint8Array, dictionary: string): Uint8Array | null {
  const out = new Uint8Array(MAX_DELTA_BYTES + 1);
  try {
    return inflateSync(payload, { out, dictionary: strToU8(dictionary) });
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
