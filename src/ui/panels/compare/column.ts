import type { AnyPlan } from "../../../core/domain/any-plan.ts";
import type { Ranged } from "../../../core/domain/provenance.ts";
import type { CompareMetric } from "../../../figures/compare/compare-metrics.ts";
import { formatCount, formatGib } from "../../../core/units/format.ts";
import { durationText, rateText, usdText, type MetricText } from "../../controls/metric-format.ts";
import type { PlanField } from "../../plan/plan-differences.ts";
import type { ColumnFacts } from "./kind.ts";

/** One plan of a comparison. */
export interface Column {
  readonly link: string;
  readonly plan: AnyPlan;
  /** The plan that the other views show. */
  readonly current: boolean;
  readonly pinned: boolean;
  readonly title: string;
  readonly rest: string;
  /** Null until it is computed, and where it cannot be. */
  readonly facts: ColumnFacts | null;
  readonly failure: string | null;
}

/** A value as the table prints it; counted quantities have no interval. */
export function metricText(kind: CompareMetric["kind"], range: Ranged): MetricText {
  switch (kind) {
    case "bytes":
      return { figure: formatGib(range.value), unit: "GiB", interval: "" };
    case "tokens":
      return { figure: formatCount(range.value), unit: "tokens", interval: "" };
    case "users":
      return { figure: formatCount(range.value), unit: "users", interval: "" };
    case "rate":
      return rateText(range);
    case "time":
      return durationText(range);
    case "usd": {
      const text = usdText(range, "");
      return range.low === range.high ? { ...text, interval: "" } : text;
    }
  }
}

/**
 * What each plan is called: the nouns of its sentence in which it differs from any other, and where they
 * leave two alike, the fields that the sentence does not say.
 */
export function columnNames(
  nouns: readonly ReadonlyMap<string, string>[],
  usual: readonly string[],
  unsaid: readonly PlanField[],
): readonly { title: string; rest: string }[] {
  const ids = [...new Set(nouns.flatMap((words) => [...words.keys()]))];
  const telling = ids.filter((id) => new Set(nouns.map((words) => words.get(id))).size > 1);
  const head = telling.length > 0 ? telling : usual;
  const named = nouns.map((words, i) => {
    const of = (wanted: (id: string) => boolean) =>
      [...words]
        .filter(([id, word]) => wanted(id) && word !== "")
        .map(([, word]) => word)
        .join(" · ");
    const more = unsaid.map(({ label, values }) => `${label} ${values[i] ?? ""}`).join(" · ");
    return { title: of((id) => head.includes(id)), more, rest: of((id) => !head.includes(id)) };
  });
  return named.map(({ title, more, rest }) => {
    const alike = named.filter((other) => other.title === title).length > 1;
    return { title: alike && more !== "" ? `${title} · ${more}` : title, rest };
  });
}
