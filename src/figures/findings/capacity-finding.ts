import type { CapacityMap } from "../../core/domain/capacity.ts";
import { formatCount, formatTokensShort } from "../../core/units/format.ts";
import { times } from "./words.ts";

const users = (n: number): string => `${formatCount(n)} ${n === 1 ? "user" : "users"}`;

/** What the map shows, in one sentence with numbers. */
export function capacityFinding({ own, columns }: CapacityMap): string {
  const context = formatTokensShort(own.contextTokens);
  const longest = columns.filter(({ mostUsers }) => mostUsers > 0).at(-1);
  if (longest === undefined) return "Not one user fits, however short the context.";
  const end = `${users(longest.mostUsers)} at ${formatTokensShort(longest.contextTokens)}`;
  if (own.mostUsers === 0)
    return `Not one user fits at ${context}; the longest context that fits holds ${end}.`;
  if (own.users > own.mostUsers) {
    return `${formatCount(own.mostUsers)} of ${users(own.users)} fit at ${context} of context.`;
  }
  const room = own.mostUsers / own.users;
  return `Room for ${users(own.mostUsers)} at ${context} of context, ${times(room)} this plan's; ${end}.`;
}
