/** Answers of a search that travel as a file: what every instance holds under one load, and how fast it is. */
import { SEARCH_CAUSES, type SearchCause } from "../domain/search.ts";
import type { Family, SearchSpace } from "./enumerate.ts";
import {
  loadKey,
  type Instance,
  type Instances,
  type KnownInstances,
  type LearntElsewhere,
  type Outcome,
} from "./known.ts";

/** Where a family's instances begin: in the bytes, in the numbers, and how many there are. */
type Place = readonly [bytes: number, numbers: number, instances: number];

interface Head {
  readonly load: string;
  /** Users over all replicas, that outcomes name by position. */
  readonly users: SearchSpace["loads"];
  readonly bytes: number;
  /** By list of arrangements, then by family. */
  readonly families: Readonly<Record<string, Readonly<Record<string, Place>>>>;
}

/** First byte of an instance; a byte below `SEARCH_CAUSES.length` is its refusal. */
const NEVER_ASKED = 255;
const SERVES = 254;
/** First byte of an outcome that settles; a lower one is its cause. The basis is added to it. */
const SETTLES = 128;
/** Added where requests come faster than they are served. */
const OVERRUN = 64;

const causeCode = (cause: SearchCause): number => SEARCH_CAUSES.indexOf(cause);

function causeOf(code: number): SearchCause {
  const cause = SEARCH_CAUSES[code];
  if (cause === undefined) throw new RangeError(`no cause ${code} in a file of answers`);
  return cause;
}

/**
 * What `known` holds of every family of a space: a head in JSON, bytes, then 64-bit numbers.
 *
 * Throws where a speed's basis was never asked for: learn from a query without limits.
 */
export function writeAnswers(space: SearchSpace, known: KnownInstances): Uint8Array {
  const bytes: number[] = [];
  const numbers: number[] = [];
  const families: Record<string, Record<string, Place>> = {};
  for (const family of space.families) {
    const instances = known.of(family);
    (families[family.list] ??= {})[family.key] = [bytes.length, numbers.length, instances.length];
    for (let i = 0; i < instances.length; i++) writeInstance(instances[i], space.loads, bytes, numbers);
  }
  const head: Head = { load: loadKey(space.query), users: space.loads, bytes: bytes.length, families };
  const text = Uint8Array.from(JSON.stringify(head), (character) => character.charCodeAt(0));
  const start = aligned(4 + text.length + bytes.length);
  const file = new Uint8Array(start + 8 * numbers.length);
  const view = new DataView(file.buffer);
  view.setUint32(0, text.length, true);
  file.set(text, 4);
  file.set(bytes, 4 + text.length);
  numbers.forEach((number, i) => view.setFloat64(start + 8 * i, number, true));
  return file;
}

/** Ids, numbers and JSON's own signs are ASCII. */
function textOf(bytes: Uint8Array): string {
  const PIECE = 8192;
  let text = "";
  for (let at = 0; at < bytes.length; at += PIECE)
    text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return text;
}

const aligned = (at: number): number => Math.ceil(at / 8) * 8;

function writeInstance(
  instance: Instance | undefined,
  users: SearchSpace["loads"],
  bytes: number[],
  numbers: number[],
): void {
  if (instance === undefined) return void bytes.push(NEVER_ASKED);
  if (instance.refusal !== undefined) return void bytes.push(causeCode(instance.refusal));
  bytes.push(SERVES, instance.outcomes.length);
  for (const outcome of instance.outcomes) {
    bytes.push(...loadOf(outcome.clients, users));
    if (outcome.cause !== undefined) {
      bytes.push(causeCode(outcome.cause));
      continue;
    }
    const { point, basis } = outcome;
    if (typeof basis === "object") throw new Error("a speed whose basis nobody asked for");
    bytes.push(SETTLES + (point.saturated === "rate" ? OVERRUN : 0) + basis);
    numbers.push(point.rate, point.tpotMs, point.ttftMs);
  }
}

/** Users over all replicas, by position, and replicas: the users of one replica in two bytes. */
function loadOf(clients: number, users: SearchSpace["loads"]): [position: number, replicas: number] {
  for (const [position, all] of users.entries()) {
    const replicas = Math.round((all ?? NaN) / clients);
    if (replicas <= 255 && usersOfReplica(all, replicas) === clients) return [position, replicas];
  }
  throw new Error(`${clients} users of a replica, which no load gives`);
}

// the same division as the judge's, so that it gives the same number
const usersOfReplica = (users: number | undefined, replicas: number): number => (users ?? NaN) / replicas;

/** A file of answers, its families read as they are asked for. */
export class AnswersFile implements LearntElsewhere {
  readonly load: string;
  private readonly families: Head["families"];
  private readonly users: Head["users"];
  private readonly bytes: Uint8Array;
  private readonly numbers: Float64Array;

  /** Throws where the buffer is no file of answers. */
  constructor(file: ArrayBuffer) {
    const length = new DataView(file).getUint32(0, true);
    const head = JSON.parse(textOf(new Uint8Array(file, 4, length))) as Head;
    this.load = head.load;
    this.families = head.families;
    this.users = head.users;
    this.bytes = new Uint8Array(file, 4 + length, head.bytes);
    this.numbers = new Float64Array(file, aligned(4 + length + head.bytes));
  }

  has({ list, key }: Family): boolean {
    return this.families[list]?.[key] !== undefined;
  }

  of({ list, key }: Family): Instances {
    const place = this.families[list]?.[key];
    if (place === undefined) return [];
    const [bytes, numbers, count] = place;
    const from = { bytes, numbers };
    return Array.from({ length: count }, () => this.instance(from));
  }

  private instance(from: { bytes: number; numbers: number }): Instance | undefined {
    const code = this.bytes[from.bytes++] as number;
    if (code === NEVER_ASKED) return undefined;
    const refusal = code === SERVES ? undefined : causeOf(code);
    const count = code === SERVES ? (this.bytes[from.bytes++] as number) : 0;
    const outcomes: Outcome[] = [];
    for (let i = 0; i < count; i++) outcomes.push(this.outcome(from));
    return { refusal, memory: undefined, service: undefined, outcomes };
  }

  private outcome(from: { bytes: number; numbers: number }): Outcome {
    const { bytes, numbers } = this;
    const users = this.users[bytes[from.bytes++] as number];
    const clients = usersOfReplica(users, bytes[from.bytes++] as number);
    const code = bytes[from.bytes++] as number;
    if (code < SETTLES) return { clients, cause: causeOf(code) };
    const rate = numbers[from.numbers++] as number;
    const tpotMs = numbers[from.numbers++] as number;
    const ttftMs = numbers[from.numbers++] as number;
    const saturated = (code & OVERRUN) === 0 ? "no" : "rate";
    return { clients, point: { rate, tpotMs, ttftMs, saturated }, basis: code & (OVERRUN - 1) };
  }
}
