/**
 * What the command lines of one engine accept, version by version: planner-data/engines/flags/<engine>.json
 * as it stands, read from the engine's own source. Kits emit nothing that is not in here.
 */

/** Whether an option takes a value: never, exactly one, perhaps one, or several. */
export type FlagValue = "none" | "one" | "optional" | "many";

export interface EngineFlag {
  /** All spellings, the canonical one first; a name without dashes is a positional argument. */
  readonly names: readonly string[];
  /** Absent: one. */
  readonly value?: FlagValue;
  readonly type?: "int" | "float" | "json";
  readonly choices?: readonly string[];
  /** Still parsed, but spelled otherwise now. */
  readonly deprecatedFor?: string;
}

/** One program of the engine and the options that it parses. */
export interface EngineCommand {
  /** As typed: `python3 -m sglang.launch_server`. */
  readonly command: string;
  /** Where the list was read, when not in the engine's commit: `owner/name commit path`. */
  readonly source?: string;
  readonly flags: readonly EngineFlag[];
}

/** First and last table version that knew a name which the newest one no longer does. */
export interface RemovedName {
  readonly name: string;
  readonly first: string;
  readonly last: string;
  /** What does its work now, where known. */
  readonly instead?: string;
}

export interface EngineFlags {
  readonly engine: string;
  readonly repository: string;
  readonly commit: string;
  /** Newest version of the tables; `commands` is its list. */
  readonly version: string;
  readonly date: string;
  /** Versions with a table, oldest first. Releases are numbers (`0.5.18`), others names (`main@2026-08-17`). */
  readonly versions: readonly string[];
  readonly commands: readonly EngineCommand[];
  /** Server options that the oldest table lacks, under the version that first had them. */
  readonly since: Readonly<Record<string, readonly string[]>>;
  readonly environment: readonly string[];
  /** Keys that a JSON-valued option accepts. */
  readonly configKeys: Readonly<Record<string, readonly string[]>>;
  /** Values of configuration keys that accept only these. */
  readonly settingChoices?: Readonly<Record<string, readonly string[]>>;
  readonly removedFlags: readonly RemovedName[];
  readonly removedEnvironment: readonly RemovedName[];
}
