/** Whose machines a search is bound to, and on which terms. */
import type { PricePlan } from "../../../core/domain/plan.ts";
import type { SearchQuery } from "../../../core/domain/search.ts";
import { put, type SearchNoun } from "./search-noun.ts";

const TERMS = ["on-demand", "spot", "reserved-1y", "reserved-3y"] as const;

function withPrice(
  query: SearchQuery,
  changes: { readonly [K in keyof PricePlan]?: PricePlan[K] | undefined },
) {
  const price = JSON.parse(JSON.stringify({ ...query.price, ...changes })) as PricePlan;
  return put(query, { price: Object.keys(price).length > 0 ? price : undefined });
}

/** "any provider", "Lambda, spot", "anyone, reserved-1y". */
function describeOffer({ price }: SearchQuery): string {
  const { provider, term } = price ?? {};
  if (provider === undefined) return term === undefined ? "any provider" : `any provider, ${term}`;
  return term === undefined ? provider : `${provider}, ${term}`;
}

export const PROVIDER_NOUN: SearchNoun = {
  before: " from ",
  title: "Provider and term",
  words: describeOffer,
  optional: ({ price }) => price?.provider !== undefined || price?.term !== undefined,
  options: (query, { directory }) => [
    {
      label: "any provider",
      remark: "on any terms",
      query: withPrice(query, { provider: undefined, term: undefined }),
    },
    ...TERMS.map((term) => ({
      label: term,
      remark: query.price?.provider === undefined ? "from anyone" : `from ${query.price.provider}`,
      query: withPrice(query, { term }),
    })),
    ...directory.providers.map((provider) => ({
      label: provider,
      query: withPrice(query, { provider }),
    })),
  ],
};
