/** The analytic model's means of a plan under the load that is played, with its distribution and without. */
import type { Plan, WorkloadPlan } from "../domain/plan.ts";
import type { AnalyticClaim, PlayedLoad } from "../domain/plan-simulation.ts";
import { evaluate } from "../model/evaluate.ts";
import type { StepModelFacts } from "../model/serving/step-models.ts";

/** Null where its speed cannot be told. */
export function analyticClaim(plan: Plan, facts: StepModelFacts): AnalyticClaim | null {
  const { performance } = evaluate(plan, facts);
  if (performance === null) return null;
  return {
    ttftMs: told(performance.ttftMs.value),
    tpotMs: told(performance.tpotMs.value),
    endToEndMs: told(performance.requestLatencyMs.value),
    outputTokensPerSecond: told(performance.outputTokensPerSecond.value),
  };
}

/** Browsers and Node differ in the last bit of powers: twelve digits are the same in both. */
const told = (value: number): number => Number(value.toPrecision(12));

/** The plan as one would write it who knows averages alone. */
export function averagePlan(plan: Plan): Plan {
  const { lengths: _lengths, arrivals: _arrivals, ...workload } = plan.workload;
  return { ...plan, workload };
}

/** The plan under a trace: its mean lengths and rate, in place of the plan's. */
export function planUnder(plan: Plan, load: PlayedLoad): Plan {
  if (load.kind === "process") return plan;
  const { concurrency, requestsPerSecond, ...rest } = plan.workload;
  const rate = load.requestsPerSecond ?? requestsPerSecond;
  const workload: WorkloadPlan = {
    ...rest,
    inputTokens: Math.max(1, Math.round(load.meanInputTokens)),
    outputTokens: Math.max(1, Math.round(load.meanOutputTokens)),
    ...(rate === undefined ? { concurrency: concurrency ?? 1 } : { requestsPerSecond: rate }),
  };
  return { ...plan, workload };
}
