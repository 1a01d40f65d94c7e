/** Claims about what fits where and how fast it is there. */
import type { Estimate } from "../domain/estimate.ts";
import type { Plan } from "../domain/plan.ts";
import { formatCount, formatFixed, formatGib, formatNumber, formatRange } from "../units/format.ts";
import { GIB } from "../units/quantity.ts";
import { localPlan, statedOf, tryPlan, untold, type ClaimFacts, type Judge } from "./claim-answer.ts";
import { ggufTotal } from "./claim-sizes.ts";

const WEIGHTS = "gguf:Q4_K_M";
/** Two sockets: the usual machine for a model of this size in host memory. */
const CPU_NODE = "epyc-9004-2s";
const USERS = [2, 4, 8] as const;
/** No weights of this size would be kept for more: a claim that asks for more replicas of it is another claim. */
const LAST_RESORT_GIB = 512;

const gib = (bytes: number) => `${formatGib(bytes)} GiB`;

function spareWords({ memory }: Estimate): string {
  if (memory === null) return "";
  const spare = memory.ranks
    .map((r) => r.spare ?? r.capacity - (r.weights + r.kvCacheNeeded + r.activations + r.runtime))
    .reduce((least, bytes) => Math.min(least, bytes), Infinity);
  return `${gib(Math.abs(spare))} ${spare < 0 ? "short" : "to spare"} on the fullest`;
}

function judgeGpus(plan: Plan, facts: ClaimFacts): ReturnType<Judge> {
  const accelerator = facts.catalog.accelerators.get(plan.cluster.accelerator ?? "");
  if (accelerator === undefined) return untold("The accelerator is not catalogued.");
  const estimate = tryPlan(plan, facts);
  const need = ggufTotal(facts, "Q4_K_M");
  const have = accelerator.memory.value * plan.cluster.acceleratorsPerNode;
  const sums = `${gib(need)} of weights, ${gib(have)} of memory`;
  if (estimate.fits) {
    const room = formatCount(estimate.memory?.kvCacheTokens ?? 0);
    return {
      verdict: "holds",
      plan,
      finding: `${sums}: ${spareWords(estimate)}, with a cache of ${room} tokens.`,
    };
  }
  const gap = need - have;
  return {
    verdict: "does-not-hold",
    plan,
    finding:
      gap > 0
        ? `${sums}: ${gib(gap)} short before any cache.`
        : `${sums}: ${spareWords(estimate)}, cache included.`,
  };
}

export const judgeA100s: Judge = (_claim, facts) =>
  judgeGpus(localPlan({ weights: WEIGHTS, accelerator: "a100-80-sxm", count: 8 }), facts);

export const judgeH100s: Judge = (_claim, facts) =>
  judgeGpus(localPlan({ weights: WEIGHTS, accelerator: "h100-sxm", count: 4 }), facts);

export const judgeCpuNode: Judge = (claim, facts) => {
  const stated = statedOf(claim);
  const host = facts.catalog.hosts.get(CPU_NODE);
  if (stated === null || host === undefined) return untold("The host or the figure is not known.");
  const hostMemoryGiB = Math.floor(stated.low / GIB);
  const plan = localPlan({ weights: WEIGHTS, count: 0, host: CPU_NODE, hostMemoryGiB });
  const estimate = tryPlan(plan, facts);
  const need = ggufTotal(facts, "Q4_K_M");
  if (!estimate.fits) {
    const larger = tryPlan({ ...plan, cluster: { ...plan.cluster, hostMemoryGiB: LAST_RESORT_GIB } }, facts);
    return larger.fits
      ? {
          verdict: "holds-if",
          condition: "GB is read as GiB",
          plan,
          finding: `${gib(need)} of weights: ${spareWords(estimate)} in ${hostMemoryGiB} GiB.`,
        }
      : { verdict: "does-not-hold", plan, finding: `${gib(need)} of weights: ${spareWords(estimate)}.` };
  }
  const perSocket = (hostMemoryGiB * GIB) / host.sockets;
  const room = `${gib(need)} of weights in ${hostMemoryGiB} GiB: ${spareWords(estimate)}.`;
  if (perSocket >= need) return { verdict: "holds", plan, finding: room };
  return {
    verdict: "holds-if",
    condition: `one process may use the memory of ${host.sockets === 2 ? "both" : `all ${host.sockets}`} sockets`,
    plan,
    finding: `${room} Bound to one socket it sees ${gib(perSocket)} and fails to load.`,
  };
};

export const judgeA100Speed: Judge = (claim, facts) => {
  const stated = statedOf(claim);
  if (stated === null) return untold("The claim names no figure.");
  const machine = { weights: WEIGHTS, accelerator: "a100-80-sxm", count: 8 };
  const plan = localPlan(machine);
  const alone = tryPlan(plan, facts).performance?.outputTokensPerSecondPerUser;
  if (alone === undefined) return untold("No speed of this machine can be told.");
  const inside = (n: number) => n >= stated.low && n <= stated.high;
  const shared = USERS.map((users) => ({
    users,
    total: tryPlan(localPlan({ ...machine, users }), facts).performance?.outputTokensPerSecond.value ?? 0,
  }));
  const most = shared.at(-1);
  const finding =
    `One user: ${formatNumber(alone.value)} tok/s, ${formatRange(alone.low, alone.high)}.` +
    (most === undefined ? "" : ` ${formatFixed(most.users, 0)} users share ${formatNumber(most.total)}.`);
  if (inside(alone.value)) return { verdict: "holds", plan, finding };
  const enough = shared.find(({ total }) => inside(total));
  if (enough !== undefined) {
    return {
      verdict: "holds-if",
      condition: `${enough.users} users count together, at ${formatNumber(enough.total)} tok/s`,
      plan,
      finding,
    };
  }
  return { verdict: "does-not-hold", plan, finding };
};
