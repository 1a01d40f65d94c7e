import type { Engine, EngineVersion } from "../../domain/catalog.ts";

/** Leading numbers of a version: "0.4.3.post4" → [0, 4, 3]; "main" → []. */
function numbersOf(version: string): number[] {
  const found = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(version);
  return found ? found.slice(1).map((part) => Number(part ?? 0)) : [];
}

/** Negative when `a` is the older one. A version without numbers ("main", "nightly") counts as the newest. */
export function compareVersions(a: string, b: string): number {
  const left = numbersOf(a);
  const right = numbersOf(b);
  if (left.length === 0 || right.length === 0) return right.length - left.length;
  for (let i = 0; i < 3; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export const isBefore = (version: string, first: string): boolean => compareVersions(version, first) < 0;

const resolved = new WeakMap<Engine, Map<string, EngineVersion | null>>();

/** The catalogued version that a plan means: the asked one, else the newest that is not newer, else the oldest. */
export function engineVersion(engine: Engine, asked: string | undefined): EngineVersion | null {
  const wanted = asked ?? engine.current;
  let table = resolved.get(engine);
  if (!table) resolved.set(engine, (table = new Map<string, EngineVersion | null>()));
  const known = table.get(wanted);
  if (known !== undefined) return known;
  let best: EngineVersion | null = engine.versions.find((v) => v.version === wanted) ?? null;
  if (best === null) {
    const older = engine.versions.filter((v) => compareVersions(v.version, wanted) <= 0);
    best = older.at(-1) ?? engine.versions[0] ?? null;
  }
  table.set(wanted, best);
  return best;
}
