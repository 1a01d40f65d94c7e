/** Where plans differ, field by field, in the words of the editor. */
import type { Plan } from "../../core/domain/plan.ts";
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

const FIELDS = FIELD_GROUPS.flatMap(({ fields }) => fields);
const LABELS: ReadonlyMap<string, string> = new Map(FIELDS.map(({ path, label }) => [path, label]));
const PLACES: ReadonlyMap<string, number> = new Map(FIELDS.map(({ path }, i) => [path, i]));

/** Said by every plan alike: the document's own version, and that it serves. */
const SILENT: ReadonlySet<string> = new Set(["version", "goal"]);

/** Every field that any of the plans sets, those that differ apart from the rest, in the editor's order. */
export function planDifferences(plans: readonly Plan[], names: Names): PlanDifferences {
  const leaves = plans.map((plan) => leavesOf(plan));
  const paths = [...new Set(leaves.flatMap((leaf) => [...leaf.keys()]))].filter((path) => !SILENT.has(path));
  const place = (path: string) => PLACES.get(path) ?? FIELDS.length;
  paths.sort((a, b) => place(a) - place(b));
  const fields = paths.map((path) => ({
    field: {
      path,
      label: LABELS.get(path) ?? path,
      values: leaves.map((leaf) => wordsOf(path, leaf.get(path), names)),
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
        return names.weights(value);
      case "engine":
        return names.engine(value);
      case "cluster.accelerator":
        return names.accelerator(value);
      case "cluster.host":
        return names.host(value);
      case "speculative":
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
