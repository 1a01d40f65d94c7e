/** Which version of the engine a kit pins, and which option tables it believes. */
import type { Engine, EngineVersion } from "../domain/catalog.ts";
import type { EngineFlags } from "../domain/engine-flags.ts";
import type { Unsupported } from "../domain/kit.ts";
import type { Plan } from "../domain/plan.ts";
import type { Problem } from "../domain/problem.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { compareVersions, openFlagTable, type FlagTable } from "./flag-table.ts";

export interface Pinned {
  readonly version: EngineVersion;
  readonly table: FlagTable;
  readonly unsupported: readonly Unsupported[];
}

/** The catalog's version that the plan asks for, or the highest below it; and the option tables to believe. */
export function pinVersion(plan: Plan, engine: Engine, flags: EngineFlags): Result<Pinned, Problem> {
  const path = "options.engineVersion";
  if (flags.engine !== engine.id) {
    return fail({ path: "engine", problem: `the option table is ${flags.engine}'s, not ${engine.id}'s` });
  }
  const asked = plan.options.engineVersion ?? engine.current;
  const exact = engine.versions.find(
    (v) => compareVersions(v.version, asked) === 0 && sameKind(v.version, asked),
  );
  const below = engine.versions
    .filter((v) => compareVersions(v.version, asked) < 0)
    .sort((a, b) => compareVersions(a.version, b.version));
  const version = exact ?? below.at(-1);
  if (!version) return fail({ path, problem: `no facts for ${engine.name} ${asked}` });
  const table = openFlagTable(flags, version.version);
  if (!table) return fail({ path, problem: `no option table for ${engine.name} ${version.version}` });
  const unsupported: Unsupported[] = [];
  if (!exact) {
    unsupported.push({
      path,
      reason: `no facts for ${engine.name} ${asked}; the kit pins ${version.version}, the highest known below it`,
    });
  }
  if (!table.exact) {
    const [low, high] = [flags.versions[table.low] ?? "", flags.versions[table.high] ?? ""];
    unsupported.push({
      path,
      reason: `no option table of ${engine.name} ${version.version} itself: every option used stands in ${low === high ? `that of ${low}` : `those of ${low} and ${high}`}`,
    });
  }
  return ok({ version, table, unsupported });
}

/** Snapshots have no number: they are the same only by name. */
function sameKind(a: string, b: string): boolean {
  return /^v?\d/.test(a) && /^v?\d/.test(b) ? true : a === b;
}
