/** Refuses what cannot be simulated, with the place of the first thing wrong. */
import type { Problem } from "../domain/problem.ts";
import type { InstanceSetup, PrefixReuse, ServiceSetup, SimulationInput } from "../domain/simulation.ts";
import { checkArrivals } from "./arrivals.ts";
import { checkDistribution, checkLengths } from "./distributions.ts";

const MAX_REQUESTS = 5e6;
const MAX_INSTANCES = 10_000;

export function checkInput(input: SimulationInput): Problem | null {
  const { seed, requests, warmupRequests, buckets, slo } = input;
  if (!Number.isFinite(seed)) return { path: "seed", problem: `${String(seed)} is not a number` };
  return (
    count("requests", requests, 1, MAX_REQUESTS) ??
    optional(warmupRequests, (n) => count("warmupRequests", n, 0, MAX_REQUESTS)) ??
    optional(buckets, (n) => count("buckets", n, 2, 10_000)) ??
    optional(slo?.ttftMs, (ms) => amount("slo.ttftMs", ms, 0)) ??
    optional(slo?.tpotMs, (ms) => amount("slo.tpotMs", ms, 0)) ??
    checkArrivals(input.workload.arrivals, "workload.arrivals") ??
    checkLengths(input.workload.lengths, "workload.lengths") ??
    checkPrefix(input.workload.prefix, "workload.prefix") ??
    checkService(input.service)
  );
}

function checkPrefix(prefix: PrefixReuse, path: string): Problem | null {
  switch (prefix.kind) {
    case "none":
      return null;
    case "rate":
      return share(`${path}.share`, prefix.share);
    case "shared":
      return (
        count(`${path}.groups`, prefix.groups, 1, 1e6) ??
        amount(`${path}.skew`, prefix.skew, 0) ??
        checkDistribution(prefix.prefixTokens, `${path}.prefixTokens`)
      );
    default:
      return { path: `${path}.kind`, problem: "no prefix reuse of that kind" };
  }
}

function checkService(service: ServiceSetup): Problem | null {
  const path = "service";
  switch (service.kind) {
    case "aggregated":
      return (
        count(`${path}.replicas`, service.replicas, 1, MAX_INSTANCES) ??
        amount(`${path}.requestMs`, service.requestMs, 0) ??
        count(`${path}.batching.tokenBudget`, service.batching.tokenBudget, 1, 1e8) ??
        checkInstance(service.instance, `${path}.instance`)
      );
    case "disaggregated":
      return (
        count(`${path}.prefillInstances`, service.prefillInstances, 1, MAX_INSTANCES) ??
        count(`${path}.prefillAttentionRanks`, service.prefillAttentionRanks, 1, 1024) ??
        count(`${path}.prefillTokenBudget`, service.prefillTokenBudget, 1, 1e8) ??
        count(`${path}.decodeInstances`, service.decodeInstances, 1, MAX_INSTANCES) ??
        amount(`${path}.requestMs`, service.requestMs, 0) ??
        amount(`${path}.transferMs`, service.transferMs, 0) ??
        amount(`${path}.transferMsPerToken`, service.transferMsPerToken, 0) ??
        checkInstance(service.instance, `${path}.instance`)
      );
    default:
      return { path: `${path}.kind`, problem: "no service of that kind" };
  }
}

function checkInstance(instance: InstanceSetup, path: string): Problem | null {
  const { tokensPerStep, draftTokens } = instance;
  return (
    count(`${path}.attentionRanks`, instance.attentionRanks, 1, 1024) ??
    count(`${path}.maxRunningRequests`, instance.maxRunningRequests, 1, 1e7) ??
    count(`${path}.pageTokens`, instance.pageTokens, 1, 1e6) ??
    amount(`${path}.kvTokens`, instance.kvTokens, instance.pageTokens * instance.attentionRanks) ??
    count(`${path}.schedulerInterval`, instance.schedulerInterval, 1, 1e6) ??
    share(`${path}.outputReserve`, instance.outputReserve) ??
    count(`${path}.draftTokens`, draftTokens, 0, 64) ??
    (tokensPerStep >= 1 && tokensPerStep <= 1 + draftTokens
      ? null
      : {
          path: `${path}.tokensPerStep`,
          problem: `${String(tokensPerStep)} is not between 1 and ${1 + draftTokens}`,
        })
  );
}

function optional<T>(value: T | undefined, check: (value: T) => Problem | null): Problem | null {
  return value === undefined ? null : check(value);
}

function count(path: string, value: number, least: number, most: number): Problem | null {
  if (Number.isInteger(value) && value >= least && value <= most) return null;
  return { path, problem: `${String(value)} is not a whole number between ${least} and ${most}` };
}

function amount(path: string, value: number, least: number): Problem | null {
  if (Number.isFinite(value) && value >= least) return null;
  return { path, problem: `${String(value)} is not a number from ${least} up` };
}

function share(path: string, value: number): Problem | null {
  if (value >= 0 && value <= 1) return null;
  return { path, problem: `${String(value)} is not a share between 0 and 1` };
}
