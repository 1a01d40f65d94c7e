import type { Estimate } from "../../core/domain/estimate.ts";
import type { Infeasible } from "../../core/domain/infeasible.ts";
import type { Plan } from "../../core/domain/plan.ts";
import { formatCount, formatNumber } from "../../core/units/format.ts";
import { describeLayout } from "./describe-plan.ts";
import type { Names } from "./directory-names.ts";

/** One constraint that is not a matter of bytes: whether it holds, and what was looked at. */
export interface Constraint {
  readonly name: string;
  readonly holds: boolean;
  readonly remark: string;
  readonly value: string;
}

/** Attention heads of this family. */
const HEADS = 128;

const whole = (n: number): string => (Number.isInteger(n) ? formatCount(n) : formatNumber(n));

/** In the order in which they are checked; a fault's own sentence stands where it fails. */
export function listConstraints(estimate: Estimate, plan: Plan, names: Names): readonly Constraint[] {
  const fault = (kind: Infeasible["kind"]) => estimate.infeasible.find((row) => row.kind === kind);
  const engine = `${names.engine(plan.engine)}${plan.options.engineVersion ? ` ${plan.options.engineVersion}` : ""}`;
  const attentionTp = plan.layout.tp / plan.layout.dpAttention;
  const make = (kind: Infeasible["kind"], name: string, remark: string, value: string): Constraint => {
    const found = fault(kind);
    return { name, holds: !found, remark: found?.message ?? remark, value: found ? "" : value };
  };
  const part = plan.cluster.accelerator ? names.accelerator(plan.cluster.accelerator) : "the host";
  const constraints = [
    make(
      "layout",
      "Layout is whole",
      `${HEADS} heads over ${attentionTp}`,
      `${whole(HEADS / attentionTp)} each`,
    ),
    make(
      "precision",
      `${names.weights(plan.weights)} runs on ${part}`,
      "as the catalog knows it",
      names.weights(plan.weights),
    ),
    make("engine", "Engine takes the plan", engine, describeLayout(plan.layout)),
    make(
      "context",
      "Context is long enough",
      "prompt and answer",
      formatCount(plan.workload.inputTokens + plan.workload.outputTokens),
    ),
  ];
  const missing = fault("missing-fact");
  if (missing)
    constraints.push({ name: "Facts are known", holds: false, remark: missing.message, value: "" });
  const speed = speedConstraint(estimate, plan);
  return speed ? [...constraints, speed] : constraints;
}

function speedConstraint({ performance }: Estimate, { slo }: Plan): Constraint | null {
  if (!performance || slo.tpotMs === undefined) return null;
  const rate = performance.outputTokensPerSecondPerUser.value;
  const holds = performance.tpotMs.value <= slo.tpotMs;
  return {
    name: "Speed",
    holds,
    remark: `${holds ? "would hold" : "would fail too"} if it fitted: ${formatNumber(rate)} tok/s a user`,
    value: `SLO ${whole(1000 / slo.tpotMs)}`,
  };
}
