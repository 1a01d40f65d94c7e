/** What one change does to a plan's throughput: both plans explained, their terms side by side. */
import type { Explained, ExplainedMetric, ExplainedTerm, PlanExplanation } from "../../domain/explanation.ts";
import type { Plan } from "../../domain/plan.ts";
import { formatChange, formatNumber } from "../../units/format.ts";
import { evaluate } from "../evaluate.ts";
import type { StepModelFacts } from "../serving/step-models.ts";
import { explainPlan } from "./explain-plan.ts";
import { term } from "./term.ts";

/** One change of a plan, and the facts of each side: another accelerator has other tables. */
export interface Change {
  readonly from: Plan;
  readonly to: Plan;
  /** As the page calls it. */
  readonly title: string;
}

/** What moves throughput and its price. */
const MOVED: readonly ExplainedMetric[] = ["total", "perUser", "cost"];

/**
 * throughput after / throughput before − 1, with what the plan changes and every term that moved.
 *
 * Returns  `null` where the speed of either plan cannot be told.
 * Anchor   the worked share is the lever's: explain-change.test.ts.
 */
export function explainChange(
  { from, to, title }: Change,
  before: StepModelFacts,
  after: StepModelFacts,
): PlanExplanation<"change"> | null {
  const [old, next] = [explainPlan(from, before), explainPlan(to, after)];
  const [oldRate, nextRate] = [rateOf(from, before), rateOf(to, after)];
  if (old === null || next === null || oldRate === undefined || nextRate === undefined) return null;
  const [was, is] = [formatNumber(oldRate.value), formatNumber(nextRate.value)];
  const metric: Explained<"change"> = {
    metric: "change",
    title,
    formula: "output tokens a second after / before − 1, over the whole cluster",
    worked: `${is} / ${was} − 1 = ${formatChange(nextRate.value / oldRate.value - 1)}`,
    terms: [
      term(
        "Output tokens a second",
        `${was} → ${is}`,
        "before and after, everything else as it is",
        nextRate.basis,
      ),
      ...changedFields(from, to, ""),
      ...MOVED.flatMap((one) => movedTerms(one, old, next)),
    ].filter(({ name }, i, all) => all.findIndex((other) => other.name === name) === i),
    interval: `After the change ${formatNumber(nextRate.low)} to ${formatNumber(nextRate.high)} tok/s, before it ${formatNumber(oldRate.low)} to ${formatNumber(oldRate.high)}: each as its own verdict has it.`,
  };
  const sources = [...new Map([...old.sources, ...next.sources].map((one) => [one.title, one])).values()];
  return { metrics: [metric], sources };
}

const rateOf = (plan: Plan, facts: StepModelFacts) =>
  evaluate(plan, facts).performance?.outputTokensPerSecond;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const said = (value: unknown): string =>
  value === undefined || value === null
    ? "default"
    : typeof value === "string"
      ? value
      : JSON.stringify(value);

/** The fields that differ, each with its path. */
function changedFields(from: unknown, to: unknown, path: string): ExplainedTerm[] {
  if (isRecord(from) && isRecord(to)) {
    const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])];
    return keys.flatMap((key) => changedFields(from[key], to[key], path === "" ? key : `${path}.${key}`));
  }
  if (JSON.stringify(from) === JSON.stringify(to)) return [];
  return [term(`Plan, ${path}`, `${said(from)} → ${said(to)}`, "what the change changes", "plan", path)];
}

/** Terms of one number whose printed value differs; one that a side lacks is said to be missing there. */
function movedTerms(metric: ExplainedMetric, old: PlanExplanation, next: PlanExplanation): ExplainedTerm[] {
  const termsOf = ({ metrics }: PlanExplanation) => metrics.find((one) => one.metric === metric)?.terms ?? [];
  const [before, after] = [termsOf(old), termsOf(next)];
  const names = [...new Set([...before, ...after].map(({ name }) => name))];
  return names.flatMap((name) => {
    const [a, b] = [before, after].map((terms) => terms.find((one) => one.name === name));
    const shown = b ?? a;
    if (shown === undefined || a?.value === b?.value) return [];
    const value = `${a?.value ?? "not of the largest"} → ${b?.value ?? "not of the largest"}`;
    return [{ ...shown, value }];
  });
}
