import type { Plan } from "../../../core/domain/plan.ts";
import type { Ranged } from "../../../core/domain/provenance.ts";
import type { CompareMetric } from "../../../figures/compare/compare-metrics.ts";
import { formatCount, formatGib } from "../../../core/units/format.ts";
import { durationText, rateText, usdText, type MetricText } from "../../controls/metric-format.ts";
import { describeNouns, NOUNS, type Noun } from "../../plan/describe-plan.ts";
import type { Names } from "../../plan/directory-names.ts";
import type { PlanField } from "../../plan/plan-differences.ts";
import type { Compared } from "./compare-state.svelte.ts";

/** Fields that no noun of the sentence speaks of. */
const UNSAID = /^(kvCache|speculative|options\.|slo\.|price\.|target|workload\.(prefix|context))/;

/** One plan of a comparison. `answer` is null until it is computed. */
export interface Column {
  readonly link: string;
  readonly plan: Plan;
  /** The plan that the other views show. */
  readonly current: boolean;
  readonly pinned: boolean;
  readonly answer: Compared | null;
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
  plans: readonly Plan[],
  names: Names,
  differing: readonly PlanField[],
): readonly { title: string; rest: string }[] {
  const nouns = plans.map((plan) => describeNouns(plan, names));
  const differs = (noun: Noun) => new Set(nouns.map((words) => words[noun])).size > 1;
  const usual: readonly Noun[] = ["accelerators", "weights"];
  const telling = NOUNS.filter(differs);
  const head = telling.length > 0 ? telling : usual;
  const unsaid = differing.filter(({ path }) => UNSAID.test(path));
  const named = nouns.map((words, i) => {
    const say = (noun: Noun) =>
      noun === "input" ? `${words.input} in` : noun === "output" ? `${words.output} out` : words[noun];
    const of = (wanted: (noun: Noun) => boolean) =>
      NOUNS.filter(wanted)
        .map(say)
        .filter((word) => word !== "")
        .join(" · ");
    const more = unsaid.map(({ label, values }) => `${label} ${values[i] ?? ""}`).join(" · ");
    return { title: of((noun) => head.includes(noun)), more, rest: of((noun) => !head.includes(noun)) };
  });
  return named.map(({ title, more, rest }) => {
    const alike = named.filter((other) => other.title === title).length > 1;
    return { title: alike && more !== "" ? `${title} · ${more}` : title, rest };
  });
}
