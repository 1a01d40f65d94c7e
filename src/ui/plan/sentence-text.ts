import type { Plan } from "../../core/domain/plan.ts";
import { describeNouns } from "./describe-plan.ts";
import type { Names } from "./directory-names.ts";

/** The plan's sentence as plain text. */
export function sentenceText(plan: Plan, names: Names): string {
  const of = describeNouns(plan, names);
  const machine = [`${of.nodes} of ${of.accelerators}`, of.layout].filter((word) => word !== "").join(", ");
  return `Serve ${of.model} in ${of.weights} with ${of.engine} on ${machine}, for ${of.users} sending ${of.input} and getting ${of.output} tokens`;
}
