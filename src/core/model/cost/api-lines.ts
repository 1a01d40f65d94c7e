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
  return offersOf(plan.model, catalog).map((offer) => ({
    label: offer.provider,
    kind: "api",
    usdPerMillionOutputTokens:
      offer.output +
      ratio * (offer.input * (1 - prefixHitRate) + (offer.cachedInput ?? offer.input) * prefixHitRate),
    checked: offer.checked,
    source: offer.source,
  }));
}

type Offers = Catalog["apiOffers"];
/** A catalog's names mean the same at every evaluation; reading them took a third of one. */
const read = new WeakMap<Offers, Map<string, readonly ApiOffer[]>>();

function offersOf(model: string, { apiOffers }: Catalog): readonly ApiOffer[] {
  const models = read.get(apiOffers) ?? new Map<string, readonly ApiOffer[]>();
  read.set(apiOffers, models);
  const known = models.get(model);
  if (known !== undefined) return known;
  const found = newest(apiOffers.filter((offer) => apiModelId(offer.model) === model));
  models.set(model, found);
  return found;
}

/** Faster or cheaper variants have prices of their own and are not these weights at their usual precision. */
const VARIANT = /turbo|tput|basic|fast|speciale|distill|-exp/;

/**
 * The model that an API's own name means: `fireworks_ai/accounts/fireworks/models/deepseek-v3p1` →
 * `deepseek-v3.1`. Null for names that mean none for certain.
 */
export function apiModelId(name: string): string | null {
  const short =
    name
      .toLowerCase()
      .split(/[/]/)
      .pop()
      ?.replace(/v3p(\d)/, "v3.$1") ?? "";
  if (VARIANT.test(short)) return null;
  const found = /(r1-0528|r1|v3\.1-terminus|v3\.[12]|v3-0324|v3)(?![.\d])/.exec(short);
  return found === null ? null : `deepseek-${found[1]}`;
}

function newest(offers: readonly ApiOffer[]): ApiOffer[] {
  const best = new Map<string, ApiOffer>();
  for (const offer of offers) {
    const known = best.get(offer.provider);
    if (known === undefined || offer.checked > known.checked) best.set(offer.provider, offer);
  }
  return [...best.values()];
}
