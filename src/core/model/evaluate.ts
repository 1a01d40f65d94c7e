/** The model's one door: what a plan needs, does and costs. */
import type { Estimate, Note } from "../domain/estimate.ts";
import type { Plan } from "../domain/plan.ts";
import { estimateMemory, usersHeld } from "./memory/estimate-memory.ts";
import { estimateCost, type MachineTime } from "./cost/cost.ts";
import { describePerformance, performanceNotes, predict, type Prediction } from "./serving/performance.ts";
import { acceleratorOf, type StepModelFacts } from "./serving/step-models.ts";

/** Facts that a plan is judged by; `opTables` of its accelerator, where there are any. */
export type ModelFacts = StepModelFacts;

/**
 * Everything the model says of a plan.
 *
 * Pure and deterministic; plain data. Speed is also told for plans that do not fit, with a note.
 */
export function evaluate(plan: Plan, facts: ModelFacts): Estimate {
  return evaluateWith(plan, facts).estimate;
}

interface Evaluated {
  readonly estimate: Estimate;
  /** What the estimate's speed was described from; null where speed cannot be told. */
  readonly prediction: Prediction | null;
}

/** As `evaluate`, with the prediction that its speed was described from. */
export function evaluateWith(plan: Plan, facts: ModelFacts): Evaluated {
  const { memory, infeasible, notes: memoryNotes } = estimateMemory(plan, facts.catalog);
  const fits = infeasible.length === 0;
  const notes: Note[] = [...memoryNotes];
  if (memory === null && fits) {
    notes.push({ kind: "warning", message: "memory cannot be told for this plan: whether it fits is open" });
  }
  const prediction = predict(plan, facts, {}, usersHeld(memory));
  if (!prediction.ok) {
    notes.push({
      kind: "warning",
      message: `speed cannot be told: ${prediction.error.message}`,
      path: prediction.error.path,
    });
  } else {
    notes.push(...performanceNotes(plan, prediction.value));
    if (!fits) {
      notes.push({
        kind: "warning",
        message: "the plan does not fit: its speed is what it would be if it did",
      });
    }
  }
  const performance = prediction.ok ? describePerformance(plan, facts, prediction.value) : null;
  const { cost, notes: costNotes } = estimateCost(
    plan,
    facts.catalog,
    acceleratorOf(plan, facts.catalog),
    performance,
    prediction.ok ? machineTime(plan, prediction.value) : null,
  );
  const estimate = { fits, infeasible, memory, performance, cost, notes: [...notes, ...costNotes] };
  return { estimate, prediction: prediction.ok ? prediction.value : null };
}

/** Of one request: its prompt's machine time, and its share of the steps that write its answer. */
function machineTime(plan: Plan, { point, costs }: Prediction): MachineTime {
  const decodeMs = (plan.workload.outputTokens * point.pureTpotMs) / Math.max(1, point.decodeBatch);
  const d = plan.layout.disaggregated;
  if (d === null) return { prefillMs: costs.prefillMachineMs, decodeMs };
  return { prefillMs: costs.prefillMachineMs * d.prefill.gpus, decodeMs: decodeMs * d.decode.gpus };
}
