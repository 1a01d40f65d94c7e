import type { CapacityMap } from "../../core/domain/capacity.ts";
import type { Estimate, RankMemory } from "../../core/domain/estimate.ts";
import { formatCount, formatMemory, formatTokensShort } from "../../core/units/format.ts";
import { neededBytes, overflows, tightestRank, usableBytes } from "../memory-parts.ts";
import { times } from "./words.ts";

const users = (n: number): string => `${formatCount(n)} ${n === 1 ? "user" : "users"}`;

export const NOBODY = "Not one user fits, however short the context.";

/** Not one user, however short the context: a map without a point. */
export const holdsNobody = ({ columns }: CapacityMap): boolean =>
  columns.every(({ mostUsers }) => mostUsers === 0);

/** What the map shows, in one sentence with numbers. */
export function capacityFinding({ own, columns }: CapacityMap): string {
  const context = formatTokensShort(own.contextTokens);
  const longest = columns.filter(({ mostUsers }) => mostUsers > 0).at(-1);
  if (longest === undefined) return NOBODY;
  const end = `${users(longest.mostUsers)} at ${formatTokensShort(longest.contextTokens)}`;
  if (own.mostUsers === 0)
    return `Not one user fits at ${context}; the longest context that fits holds ${end}.`;
  if (own.users > own.mostUsers) {
    return `${formatCount(own.mostUsers)} of ${users(own.users)} fit at ${context} of context.`;
  }
  const room = own.mostUsers / own.users;
  return `Room for ${users(own.mostUsers)} at ${context} of context, ${times(room)} this plan's; ${end}.`;
}

/** The same of another plan than the one on show. `which`: what it has instead. */
export function nearestCapacityFinding(map: CapacityMap, which: string): string {
  const finding = capacityFinding(map);
  return `The nearest plan that fits, ${which}: ${finding.charAt(0).toLowerCase()}${finding.slice(1).replace("this plan's", "what is asked")}`;
}

/** Why every point of the map is empty, with the numbers of the tightest rank. */
export function nobodyFitsReason({ memory, infeasible }: Pick<Estimate, "memory" | "infeasible">): string {
  const short = memory?.ranks.filter(overflows) ?? [];
  const rank = tightestRank(short);
  if (rank === undefined) return infeasible.map(({ message }) => message).join(" ");
  const where = whereOf(rank, short.length);
  const usable = usableBytes(rank);
  const room = rank.weights > rank.capacity ? rank.capacity : usable;
  const of = room < rank.capacity ? "that the engine may use there" : "that are there";
  if (rank.weights > room)
    return `The weights alone take ${formatMemory(rank.weights)} ${where}, ${formatMemory(rank.weights - room)} more than the ${formatMemory(room)} ${of}: so it is at every point, for one user as for a thousand.`;
  const fixed = rank.weights + rank.activations + rank.runtime;
  if (fixed >= usable)
    return `Weights, activations and runtime take ${formatMemory(fixed)} ${where}, and ${formatMemory(usable)} may be used: there is no room for a single token of cache, at any point.`;
  return `${formatMemory(neededBytes(rank))} are needed ${where}, and ${formatMemory(usable)} may be used: what is left beside the weights holds no user's cache, however short.`;
}

const whereOf = ({ kind, name }: RankMemory, ranks: number): string =>
  kind === "host" ? "in host memory" : ranks > 1 ? `on each of ${formatCount(ranks)} ranks` : `on ${name}`;
