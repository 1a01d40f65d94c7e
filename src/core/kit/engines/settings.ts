/** Settings files: dotted keys with reasons become nested YAML, each key looked up in the version's list. */
import type { Unsupported } from "../../domain/kit.ts";
import type { Problem } from "../../domain/problem.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import type { FlagTable } from "../flag-table.ts";
import type { ConfigFile } from "../ir.ts";
import { explained, printYaml, type YamlValue } from "../render/yaml.ts";

/** One key of a settings file: `kv_cache_config.dtype`. */
export interface Setting {
  readonly key: string;
  readonly value: string | number | boolean;
  readonly because: string;
}

export const setting = (key: string, value: Setting["value"], because: string): Setting => ({
  key,
  value,
  because,
});

/**
 * Settings that the pinned version's list has; the others with their reason.
 *
 * Returns Problem where a missing one is `required`: the plan would not be what starts.
 */
export function checkSettings(
  table: FlagTable,
  option: string,
  list: readonly Setting[],
  required: ReadonlySet<string>,
): Result<{ settings: readonly Setting[]; unsupported: readonly Unsupported[] }, Problem> {
  const known = new Set(table.flags.configKeys[option] ?? []);
  const settings: Setting[] = [];
  const unsupported: Unsupported[] = [];
  for (const entry of list) {
    const reason = findFault(table, known, entry);
    if (reason === undefined) settings.push(entry);
    else if (required.has(entry.key)) return fail({ path: "engine", problem: reason });
    else unsupported.push({ path: "engine", reason: `${reason} (wanted because: ${entry.because})` });
  }
  return ok({ settings, unsupported });
}

function findFault(table: FlagTable, known: ReadonlySet<string>, entry: Setting): string | undefined {
  const { engine, settingChoices } = table.flags;
  if (!known.has(entry.key)) return `${engine} has no setting ${entry.key}`;
  const choices = settingChoices?.[entry.key];
  if (choices && !choices.includes(String(entry.value))) {
    return `${entry.key} has no choice ${String(entry.value)}`;
  }
  return undefined;
}

interface Branch {
  [key: string]: YamlValue | Branch;
}

/** The settings as a YAML file, each leaf with its reason behind it. */
export function settingsFile(name: string, list: readonly Setting[], heading: readonly string[]): ConfigFile {
  const root: Branch = {};
  for (const { key, value, because } of list) {
    const path = key.split(".");
    const leaf = path.pop() ?? key;
    let branch = root;
    for (const part of path) branch = (branch[part] ??= {}) as Branch;
    branch[leaf] = explained(value, because);
  }
  return {
    name,
    ...printYaml(root, heading),
    entries: list.map(({ key, value, because }) => ({ flag: key, value: String(value), because })),
  };
}
