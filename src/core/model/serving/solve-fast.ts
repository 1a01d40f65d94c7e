/**
 * The serving model without its words: one instance under many loads, numbers only.
 *
 * The same step model, costs and solver that `predict` uses; what does not follow from the load (step
 * model, prefill times, machine time of a prompt) is worked out once.
 */
import type { Plan } from "../../domain/plan.ts";
import { softest, type EstimateBasis } from "../../domain/provenance.ts";
import { ok, type Result } from "../../domain/result.ts";
import type { StepModel } from "../../domain/step-model.ts";
import { settleAggregated } from "./aggregated.ts";
import { intervalClass } from "./interval-class.ts";
import { spreadOf } from "./intervals.ts";
import type { OperatingPoint } from "./operating-point.ts";
import { instancesOf, loadOf } from "./performance.ts";
import { servingCosts, slotsOf } from "./serving-costs.ts";
import { engineServing } from "./serving-parameters.ts";
import {
  acceleratorOf,
  isEarlyBuild,
  runsSequentially,
  stepModel,
  type MissingFact,
  type StepModelFacts,
} from "./step-models.ts";

export interface PreparedService {
  /**
   * Where the load of `plan` settles: a plan with the same instance as the prepared one, another load or
   * other replicas.
   *
   * `slotLimit`: users that memory leaves room for, over all replicas.
   */
  settle(plan: Plan, slotLimit: number | undefined): OperatingPoint;
  /** How hard the speed is at this many sequences decoding at once. */
  basisAt(decodeBatch: number): EstimateBasis;
}

/**
 * The service of an aggregated plan, to be asked for many loads.
 *
 * Per      replica, as the solver's point is.
 * Returns  the fact that is missing where speed cannot be told.
 * Anchor   equal to `evaluate` for every sampled row of a search: search.test.ts.
 */
export function prepareService(plan: Plan, facts: StepModelFacts): Result<PreparedService, MissingFact> {
  const model = stepModel(plan, instancesOf(plan).decode, facts);
  if (!model.ok) return model;
  const costs = servingCosts(plan, facts, model.value, model.value, undefined);
  return ok({
    settle: (loaded, slotLimit) =>
      settleAggregated(
        { ...costs, slots: slotsOf(loaded, facts, slotLimit) },
        loadOf(loaded, loaded.layout.replicas),
      ),
    basisAt: (decodeBatch) => tokenBasis(plan, facts, model.value, decodeBatch, costs.contextTokens),
  });
}

/** Basis of the time a token takes, as its interval in `evaluate` says. */
export function tokenBasis(
  plan: Plan,
  facts: StepModelFacts,
  model: StepModel,
  decodeBatch: number,
  contextTokens: number,
): EstimateBasis {
  const step =
    model.decodeBasis?.(decodeBatch, contextTokens) ?? model.decode(decodeBatch, contextTokens).basis;
  const local = runsSequentially(plan.engine);
  const fitted = engineServing(plan.engine).basis === "assumed" && !local ? "extrapolated" : "measured";
  const name = intervalClass(plan, acceleratorOf(plan, facts.catalog), isEarlyBuild(plan, facts, {}));
  return spreadOf(facts.catalog.intervals, name, local ? "decode" : "tpot", softest(step, fitted)).basis;
}
