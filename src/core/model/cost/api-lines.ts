/** What the same tokens cost from an API. */
import type { ApiOffer, Catalog } from "../../domain/catalog.ts";
import type { CostLine } from "../../domain/estimate.ts";
import type { Plan } from "../../domain/plan.ts";

/**
 * API prices of the plan's model, per million output tokens with the workload's inputs charged to them.
 *
 *   output + input × (1 - hits) × I/O + cached input × hits × I/O
 *
 * A provider without a price for cached input charges it as input.
 */
export function apiLines(plan: Plan, catalog: Catalog): CostLine[] {
  const { inputTokens, outputTokens, prefixHitRate } = plan.workload;
  const ratio = inputTokens / outputTokens;
  return newest(catalog.apiOffers.filter((offer) => offer.model === plan.model)).map((offer) => ({
    label: offer.provider,
    kind: "api",
    usdPerMillionOutputTokens:
      offer.output +
      ratio * (offer.input * (1 - prefixHitRate) + (offer.cachedInput ?? offer.input) * prefixHitRate),
    checked: offer.checked,
    source: offer.source,
  }));
}

function newest(offers: readonly ApiOffer[]): ApiOffer[] {
  const best = new Map<string, ApiOffer>();
  for (const offer of offers) {
    const known = best.get(offer.provider);
    if (known === undefined || offer.checked > known.checked) best.set(offer.provider, offer);
  }
  return [...best.values()];
}
