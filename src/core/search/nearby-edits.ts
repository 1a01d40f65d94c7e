import type { NearbyPlan } from "../domain/estimate.ts";
import type { Plan } from "../domain/plan.ts";

type Edit = NearbyPlan["edits"][number];

const spell = (value: unknown): string => {
  if (value === undefined) return "default";
  if (typeof value === "object" && value !== null && "cpuLayers" in value) {
    return `${String(value.cpuLayers)} layers on the host`;
  }
  return typeof value === "object" ? JSON.stringify(value) : String(value);
};

function differences(path: string, from: unknown, to: unknown, edits: Edit[]): void {
  if (from === to) return;
  const nested = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !("cpuLayers" in value);
  if (nested(from) && nested(to)) {
    for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
      differences(path === "" ? key : `${path}.${key}`, from[key], to[key], edits);
    }
    return;
  }
  if (spell(from) !== spell(to)) edits.push({ path, from: spell(from), to: spell(to) });
}

/** What was changed between two plans, field by field, in the order that a plan is written. */
export function planEdits(from: Plan, to: Plan): Edit[] {
  const edits: Edit[] = [];
  differences("", from, to, edits);
  return edits;
}
