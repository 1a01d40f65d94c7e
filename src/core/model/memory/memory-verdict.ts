/** Which memory constraints fail, as sentences with numbers. */
import type { RankMemory } from "../../domain/estimate.ts";
import type { Infeasible } from "../../domain/infeasible.ts";
import { formatCount, formatGib } from "../../units/format.ts";

export interface VerdictInput {
  readonly ranks: readonly RankMemory[];
  /** "H100", for "an H100 has 79.6". */
  readonly device: string;
  readonly engine: string;
  /** One copy of the model. */
  readonly weightsBytes: number;
  readonly tokens: number;
  readonly tokensNeeded: number;
  /** Over all replicas: what fits, and what the plan asks for. */
  readonly users: number;
  readonly usersAsked: number;
}

/** Below this the engine's share and the whole device read the same. */
const SAME = 0.05 * 1024 ** 3;

const anOrA = (name: string): string => (/^[AEFHILMNORX8]/.test(name) ? `an ${name}` : `a ${name}`);

/** What a rank may use in total: everything but the cache, and the pool that the engine allows beside it. */
const limitOf = (rank: RankMemory): number =>
  rank.total - rank.kvCache + rank.kvCacheNeeded + (rank.spare ?? rank.capacity - rank.total);

/** The accelerator with the least to spare, if that is less than nothing. */
function overfull(ranks: readonly RankMemory[]): RankMemory | undefined {
  let worst: RankMemory | undefined;
  for (const rank of ranks) {
    if (rank.kind === "accelerator" && (worst === undefined || (rank.spare ?? 0) < (worst.spare ?? 0))) {
      worst = rank;
    }
  }
  return worst && (worst.spare ?? 0) < 0 ? worst : undefined;
}

/** The kind that `acceleratorConstraints` and then `hostConstraint` name first, without their words. */
export function firstShortage(ranks: readonly RankMemory[]): Infeasible["kind"] | undefined {
  const worst = overfull(ranks);
  if (!worst) return ranks.some((r) => r.kind === "host" && r.capacity < r.total) ? "host-memory" : undefined;
  const limit = limitOf(worst);
  if (worst.weights > Math.min(limit, worst.capacity)) return "memory-weights";
  const fixed = worst.weights + worst.activations + worst.runtime;
  return fixed > limit ? "memory-runtime" : "memory-kv-cache";
}

/**
 * Constraints of the fullest accelerator, in the order that they add up: weights, activations and runtime,
 * cache for the workload. `needed` is cumulative.
 */
export function acceleratorConstraints(input: VerdictInput): Infeasible[] {
  const worst = overfull(input.ranks);
  if (!worst) return [];
  const ranks = input.ranks.filter((rank) => rank.kind === "accelerator");
  const limit = limitOf(worst);
  const fixed = worst.weights + worst.activations + worst.runtime;
  const total = fixed + worst.kvCacheNeeded;
  const starts = fixed <= limit && input.users > 0;
  const headline = starts ? "" : `${sentence(input, ranks, worst, total, limit)} `;
  const found: Infeasible[] = [];
  const add = (kind: "memory-weights" | "memory-runtime" | "memory-kv-cache", needed: number, text: string) =>
    found.push({
      kind,
      message: found.length === 0 ? `${headline}${text}` : text,
      rank: worst.name,
      needed,
      capacity: Math.min(limit, worst.capacity),
    });
  if (worst.weights > Math.min(limit, worst.capacity)) {
    add("memory-weights", worst.weights, weightsText(input, ranks, worst));
  }
  if (fixed > limit) {
    const text = `With activations and runtime ${worst.name} needs ${formatGib(fixed)} GiB: there is no room for a single token of cache.`;
    add("memory-runtime", fixed, text);
  }
  add("memory-kv-cache", total, cacheText(input, worst, fixed, limit));
  return found;
}

function weightsText(input: VerdictInput, ranks: readonly RankMemory[], worst: RankMemory): string {
  const alone = `Weights alone take ${formatGib(worst.weights)}.`;
  const installed = ranks.reduce((sum, rank) => sum + rank.capacity, 0);
  const { weightsBytes } = input;
  if (weightsBytes <= installed) return alone;
  return `${alone} The model's are ${formatGib(weightsBytes)} GiB, and ${ranks.length} × ${input.device} ${ranks.length === 1 ? "has" : "have"} ${formatGib(installed)}.`;
}

function sentence(
  { device, engine }: VerdictInput,
  ranks: readonly RankMemory[],
  worst: RankMemory,
  total: number,
  limit: number,
): string {
  const alike = ranks.every((rank) => Math.abs((rank.spare ?? 0) - (worst.spare ?? 0)) < SAME);
  const who = ranks.length > 1 && alike ? "Every GPU" : worst.name;
  const short = `${who} is short of ${formatGib(total - limit)} GiB: it needs ${formatGib(total)}`;
  if (worst.capacity - limit < SAME) return `${short} and ${anOrA(device)} has ${formatGib(worst.capacity)}.`;
  return `${short}, and ${engine} uses ${formatGib(limit)} of ${anOrA(device)}'s ${formatGib(worst.capacity)}.`;
}

function cacheText(input: VerdictInput, rank: RankMemory, fixed: number, limit: number): string {
  const { users, usersAsked, tokens, tokensNeeded } = input;
  if (fixed > limit) {
    return `The workload's cache would take ${formatGib(rank.kvCacheNeeded, 2)} GiB more for ${formatCount(tokensNeeded)} tokens.`;
  }
  const asked = `${formatCount(usersAsked)} ${usersAsked === 1 ? "user" : "users"}`;
  const counts = `a replica has room for ${formatCount(tokens)} tokens, and the workload keeps ${formatCount(tokensNeeded)}.`;
  if (users === 0) return `The cache does not hold one request: ${counts}`;
  return `The cache holds ${formatCount(users)} of ${asked}: ${counts}`;
}

/** Host memory against what the plan says is installed. */
export function hostConstraint(rank: RankMemory): Infeasible[] {
  const spare = rank.capacity - rank.total;
  if (spare >= 0) return [];
  const message = `Host memory is short of ${formatGib(-spare)} GiB: it needs ${formatGib(rank.total)} and has ${formatGib(rank.capacity)}.`;
  return [{ kind: "host-memory", message, rank: rank.name, needed: rank.total, capacity: rank.capacity }];
}
