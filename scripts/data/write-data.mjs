/** Writes one file of planner-data in the house's own format, so that running a script twice changes nothing. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "prettier";

export const PLANNER_DATA = fileURLToPath(new URL("../../planner-data/", import.meta.url));

/** The raw folder of the command line; exits with the usage when it is absent. */
export function rawFolder(script, what) {
  const folder = process.argv[2];
  if (folder) return folder;
  console.error(`usage: node scripts/data/${script} <folder with ${what}>`);
  process.exit(2);
}

export const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));

export async function writeData(path, value) {
  const file = join(PLANNER_DATA, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, await format(JSON.stringify(value), { parser: "json", printWidth: 110 }));
}

/** As `writeData`, one line a record: for large tables that are loaded on demand. */
export function writeCompact(path, value) {
  const file = join(PLANNER_DATA, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, value);
}

/** Only the keys that have a value, in the order given. */
export function present(entries) {
  return Object.fromEntries(
    Object.entries(entries).filter(([, value]) => value !== undefined && value !== null),
  );
}

const DATES = /\b20\d\d(?:-(?:0[1-9]|1[0-2])(?!\d)(?:-\d\d)?)?/g;

/** The first year, month or day that a text names; undefined when it names none. */
export const dateIn = (text) => (text ?? "").match(DATES)?.[0];

/** The last one: "2026-06-15 (unchanged 2026-11-09)" was looked at twice. */
export const lastDateIn = (text) => (text ?? "").match(DATES)?.at(-1);
