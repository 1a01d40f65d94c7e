/** Where plans differ, field by field, in the words of the editor. */
import type { AnyPlan } from "../../core/domain/any-plan.ts";
import { formatCount, formatNumber } from "../../core/units/format.ts";
import type { Names } from "./directory-names.ts";
import { FIELD_GROUPS } from "./fields.ts";

export interface PlanField {
  readonly path: string;
  readonly label: string;
  /** One a plan, as words; a field that a plan leaves open says what that means. */
  readonly values: readonly string[];
}

export interface PlanDifferences {
  readonly differing: readonly PlanField[];
  readonly same: readonly PlanField[];
}

/** Paths of a plan in the editor's order, with what the editor calls them. */
export type FieldLabels = ReadonlyMap<string, string>;

/** How a goal's editor speaks. `say`: a value that has a name of its own. */
export interface FieldWords {
  readonly labels: FieldLabels;
  readonly say: (path: string, value: string) => string | undefined;
}

const SERVE_LABELS: FieldLabels = new Map(
  FIELD_GROUPS.flatMap(({ fields }) => fields).map(({ path, label }) => [path, label]),
);

/** Said by every plan alike: the document's own version, and that it serves. */
const SILENT: ReadonlySet<string> = new Set(["version", "goal"]);

/** Every field that any of the plans sets, those that differ apart from the rest, in the editor's order. */
export function planDifferences(
  plans: readonly AnyPlan[],
  names: Names,
  { labels, say }: FieldWords = { labels: SERVE_LABELS, say: () => undefined },
): PlanDifferences {
  const leaves = plans.map((plan) => leavesOf(plan));
  const paths = [...new Set(leaves.flatMap((leaf) => [...leaf.keys()]))].filter((path) => !SILENT.has(path));
  const places = new Map([...labels.keys()].map((path, i) => [path, i]));
  const place = (path: string) => places.get(path) ?? labels.size;
  paths.sort((a, b) => place(a) - place(b));
  const fields = paths.map((path) => ({
    field: {
      path,
      label: labels.get(path) ?? SERVE_LABELS.get(path) ?? path,
      values: leaves.map((leaf) => {
        const value = leaf.get(path);
        return (typeof value === "string" ? say(path, value) : undefined) ?? wordsOf(path, value, names);
      }),
    },
    differs: new Set(leaves.map((leaf) => JSON.stringify(leaf.get(path) ?? null))).size > 1,
  }));
  const told = (differs: boolean) =>
    fields.filter((one) => one.differs === differs).map(({ field }) => field);
  return { differing: told(true), same: told(false) };
}

/** The plan as paths and values; lists are values. */
function leavesOf(value: object, above = ""): ReadonlyMap<string, unknown> {
  const leaves = new Map<string, unknown>();
  for (const [key, inner] of Object.entries(value) as [string, unknown][]) {
    const path = above + key;
    if (inner === undefined || inner === null) continue;
    if (typeof inner === "object" && !Array.isArray(inner)) {
      for (const [leaf, found] of leavesOf(inner, `${path}.`)) leaves.set(leaf, found);
    } else leaves.set(path, inner);
  }
  return leaves;
}

function wordsOf(path: string, value: unknown, names: Names): string {
  if (value === undefined) return absent(path);
  if (typeof value === "string") {
    switch (path) {
      case "model":
        return names.model(value);
      case "weights":
      case "teacher.weights":
      case "edge.weights":
      case "result.weights":
        return names.weights(value);
      case "engine":
      case "teacher.engine":
        return names.engine(value);
      case "cluster.accelerator":
      case "student.gpu":
        return names.accelerator(value);
      case "cluster.host":
        return names.host(value);
      case "speculative":
      case "teacher.speculative":
        return value.replace(/^mtp(\d)$/, "$1 by MTP");
      default:
        return value;
    }
  }
  if (typeof value === "number") {
    return Number.isInteger(value) ? formatCount(value) : formatNumber(value, 6).replace(/\.?0+$/, "");
  }
  if (typeof value === "boolean") return value ? "yes" : "no";
  return Array.isArray(value) ? `${value.length} rules` : JSON.stringify(value);
}

function absent(path: string): string {
  if (path.startsWith("slo.")) return "no limit";
  if (path.startsWith("price.")) return "any";
  return /^(workload|layout|cluster|target)/.test(path) ? "none" : "default";
}
