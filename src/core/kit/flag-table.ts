/** Looks flags up as the pinned engine version knows them. */
import type { EngineCommand, EngineFlag, EngineFlags } from "../domain/engine-flags.ts";

/** Tables that bracket a version: equal where the version has its own. */
export interface FlagTable {
  readonly flags: EngineFlags;
  readonly asked: string;
  readonly low: number;
  readonly high: number;
  readonly exact: boolean;
}

export type FlagVerdict =
  | { readonly kind: "known"; readonly flag: EngineFlag }
  | { readonly kind: "removed"; readonly reason: string }
  | { readonly kind: "too-new"; readonly reason: string }
  | { readonly kind: "unknown"; readonly reason: string };

/**
 * The tables to believe for a version: its own, or the highest below it together with the next above,
 * so that a name must stand in both. `null` when the version is older than every table.
 */
export function openFlagTable(flags: EngineFlags, version: string): FlagTable | null {
  const asked = normaliseVersion(version);
  const own = flags.versions.findIndex((v) => normaliseVersion(v) === asked);
  if (own >= 0) return { flags, asked, low: own, high: own, exact: true };
  const numbered = flags.versions.map((v, index) => ({ index, key: versionKey(normaliseVersion(v)) }));
  const key = versionKey(asked);
  const below = numbered.filter((v) => v.key !== null && key !== null && compareKeys(v.key, key) <= 0);
  const low = below.at(-1)?.index;
  if (low === undefined) return null;
  const above = numbered.find((v) => v.index > low && v.key !== null)?.index;
  return { flags, asked, low, high: above ?? flags.versions.length - 1, exact: false };
}

/** What the tables say of one spelled option of one command. */
export function findFlag(table: FlagTable, command: string, name: string): FlagVerdict {
  const program = table.flags.commands.find((c) => c.command === command);
  if (!program) return { kind: "unknown", reason: `no option table for ${command}` };
  const flag = program.flags.find((f) => f.names.includes(name));
  if (!flag) return explainAbsence(table, name);
  if (!isServer(table.flags, program)) return { kind: "known", flag };
  const since = Object.entries(table.flags.since).find(([, names]) => names.includes(name))?.[0];
  if (since !== undefined && table.flags.versions.indexOf(since) > table.low) {
    return { kind: "too-new", reason: `${name} exists from ${table.flags.engine} ${since} on` };
  }
  return { kind: "known", flag };
}

/** Histories were read for the server command, the first of the list. */
const isServer = (flags: EngineFlags, command: EngineCommand): boolean => flags.commands[0] === command;

function explainAbsence(table: FlagTable, name: string): FlagVerdict {
  const gone = table.flags.removedFlags.find((r) => r.name === name);
  if (!gone) return { kind: "unknown", reason: `${table.flags.engine} has no option ${name}` };
  const instead = gone.instead ? `; now: ${gone.instead}` : "";
  return {
    kind: "removed",
    reason: `${name} is gone from ${table.flags.engine} since after ${gone.last}${instead}`,
  };
}

export const normaliseVersion = (version: string): string => version.replace(/^v(?=\d)/, "");

/** Numbers of a release; `post1` counts as a fourth. `null` for snapshots. */
function versionKey(version: string): readonly number[] | null {
  const match = /^(\d+)\.(\d+)(?:\.(\d+))?(?:\.?post(\d+))?/.exec(version);
  return match ? [1, 2, 3, 4].map((group) => Number(match[group] ?? 0)) : null;
}

function compareKeys(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const difference = value - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export function compareVersions(a: string, b: string): number {
  const [left, right] = [versionKey(normaliseVersion(a)), versionKey(normaliseVersion(b))];
  return left && right ? compareKeys(left, right) : 0;
}
