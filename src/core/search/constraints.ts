/** The constraints of a query, in the order in which a candidate falls to them. */
import type { SearchCause, SearchQuery } from "../domain/search.ts";
import type { ClusterCost } from "./family-facts.ts";
import type { Settled } from "./known.ts";
import { NEAR } from "./tally.ts";

/** Constraints that a candidate fails so far: the first, what it would need, and whether there are more. */
export interface Failure {
  readonly cause: SearchCause;
  readonly needed: number;
  readonly more: boolean;
}

/** The limit that a query sets for a cause; undefined where it sets none. */
export function limitOf({ slo, budget, powerWatts }: SearchQuery, cause: SearchCause): number | undefined {
  switch (cause) {
    case "usd-per-hour":
      return budget.usdPerHour;
    case "power":
      return powerWatts;
    case "tpot":
      return slo.tpotMs;
    case "ttft":
      return slo.ttftMs;
    case "usd-per-million":
      return budget.usdPerMillionOutputTokens;
    default:
      return undefined;
  }
}

/** Whether widening this one constraint, up to twice its limit, could still let the candidate in. */
export function isNear(query: SearchQuery, { cause, needed, more }: Failure): boolean {
  const limit = limitOf(query, cause);
  return !more && limit !== undefined && needed <= NEAR * limit;
}

/** Price and power of the cluster, before anything of the layout is known. */
export function clusterFailure(query: SearchQuery, { usdPerHour, watts }: ClusterCost): Failure | undefined {
  const { budget, powerWatts } = query;
  const priced = budget.usdPerHour !== undefined || budget.usdPerMillionOutputTokens !== undefined;
  const unknown = (cause: SearchCause): Failure => ({ cause, needed: Number.NaN, more: false });
  if (priced && Number.isNaN(usdPerHour)) return unknown("price-unknown");
  if (powerWatts !== undefined && watts === null) return unknown("missing-fact");
  const dear = budget.usdPerHour !== undefined && usdPerHour > budget.usdPerHour;
  const hungry = powerWatts !== undefined && watts !== null && watts > powerWatts;
  if (dear) return { cause: "usd-per-hour", needed: usdPerHour, more: hungry };
  return hungry ? { cause: "power", needed: watts, more: false } : undefined;
}

/** Speed and cost at the operating point, on top of what the cluster failed. */
export function speedFailure(
  { slo, budget }: SearchQuery,
  point: Settled,
  usdPerMillion: number,
  failed: Failure | undefined,
): Failure | undefined {
  let failure = failed;
  if (slo.tpotMs !== undefined && point.tpotMs > slo.tpotMs) failure = also(failure, "tpot", point.tpotMs);
  if (point.saturated === "rate") failure = also(failure, "ttft", Infinity);
  else if (slo.ttftMs !== undefined && point.ttftMs > slo.ttftMs)
    failure = also(failure, "ttft", point.ttftMs);
  const most = budget.usdPerMillionOutputTokens;
  if (most !== undefined && usdPerMillion > most) failure = also(failure, "usd-per-million", usdPerMillion);
  return failure;
}

function also(failure: Failure | undefined, cause: SearchCause, needed: number): Failure {
  return failure === undefined ? { cause, needed, more: false } : { ...failure, more: true };
}
