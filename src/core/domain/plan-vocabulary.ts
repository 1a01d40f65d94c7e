import type { Catalog } from "./catalog.ts";

/** The ids that a plan may name. Built from the catalog; small enough for forms and tests to make by hand. */
export interface PlanVocabulary {
  readonly models: ReadonlySet<string>;
  readonly weights: ReadonlySet<string>;
  readonly engines: ReadonlySet<string>;
  readonly accelerators: ReadonlySet<string>;
  readonly hosts: ReadonlySet<string>;
  readonly fabrics: ReadonlySet<string>;
}

export function vocabularyOf(catalog: Catalog): PlanVocabulary {
  return {
    models: new Set(catalog.models.keys()),
    weights: new Set(catalog.weightFormats.keys()),
    engines: new Set(catalog.engines.keys()),
    accelerators: new Set(catalog.accelerators.keys()),
    hosts: new Set(catalog.hosts.keys()),
    fabrics: new Set(catalog.fabrics.keys()),
  };
}

/** The known id nearest to a mistyped one, when it is near enough to be meant. */
export function nearestId(asked: string, known: Iterable<string>): string | undefined {
  if (asked.length > 64) return undefined;
  const wanted = asked.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(wanted.length / 3)) + 1;
  for (const id of known) {
    const distance = editDistance(wanted, id.toLowerCase());
    if (distance < bestDistance) {
      best = id;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, substitute));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
