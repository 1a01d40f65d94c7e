/** Which rent a plan is charged, and how far rents for the same hardware lie apart. */
import type { RentalOffer } from "../../domain/catalog.ts";
import type { Plan } from "../../domain/plan.ts";
import type { Ranged } from "../../domain/provenance.ts";

export interface HourlyPrice {
  /** One accelerator, one hour. */
  readonly usd: Ranged;
  readonly label: string;
}

/** Offers read longer ago than this before the newest one are history. */
const CURRENT_DAYS = 400;

/**
 * The rent of one accelerator-hour.
 *
 *   the plan's own rate, else the plan's provider and term, else the median of providers' cheapest
 *   on-demand offers of high or medium quality; the interval is their 10 % and 90 % quantile
 *
 * Null where no offer is known.
 */
export function choosePrice(
  plan: Pick<Plan, "price" | "cluster">,
  offers: readonly RentalOffer[],
): HourlyPrice | null {
  const { price, cluster } = plan;
  if (price?.usdPerAcceleratorHour !== undefined) {
    const value = price.usdPerAcceleratorHour;
    return { usd: { value, low: value, high: value, basis: "assumed" }, label: "the plan's own rate" };
  }
  const term = price?.term ?? "on-demand";
  const key = `${cluster.accelerator}|${term}|${price?.provider}`;
  const kept = prices.get(offers) ?? new Map<string, HourlyPrice | null>();
  prices.set(offers, kept);
  let found = kept.get(key);
  if (found === undefined)
    kept.set(key, (found = offeredPrice(offers, cluster.accelerator, term, price?.provider)));
  return found;
}

const prices = new WeakMap<readonly RentalOffer[], Map<string, HourlyPrice | null>>();

function offeredPrice(
  offers: readonly RentalOffer[],
  accelerator: string | undefined,
  term: RentalOffer["term"],
  provider: string | undefined,
): HourlyPrice | null {
  const fitting = offers.filter(
    (o) =>
      o.accelerator === accelerator && o.term === term && (provider === undefined || o.provider === provider),
  );
  const sound = fitting.filter((o) => o.quality !== "low");
  const chosen = cheapestByProvider(current(sound.length > 0 ? sound : fitting));
  if (chosen.length === 0) return null;
  const sorted = chosen.map((o) => o.usdPerAcceleratorHour as number).sort((a, b) => a - b);
  const newest = chosen.reduce((d, o) => (o.checked > d ? o.checked : d), "");
  const many = chosen.length === 1 ? "the one provider" : `median of ${chosen.length} providers`;
  return {
    usd: {
      value: quantile(sorted, 0.5),
      low: quantile(sorted, 0.1),
      high: quantile(sorted, 0.9),
      basis: sound.length > 0 ? "measured" : "assumed",
    },
    label: `${provider ?? many}, ${term}, ${newest}`,
  };
}

function current(offers: readonly RentalOffer[]): readonly RentalOffer[] {
  const times = offers.map((o) => Date.parse(o.checked)).filter((t) => Number.isFinite(t));
  if (times.length === 0) return offers;
  const since = Math.max(...times) - CURRENT_DAYS * 864e5;
  return offers.filter((o) => !(Date.parse(o.checked) < since));
}

function cheapestByProvider(offers: readonly RentalOffer[]): RentalOffer[] {
  const best = new Map<string, RentalOffer>();
  for (const offer of offers) {
    const known = best.get(offer.provider);
    if (known === undefined || offer.usdPerAcceleratorHour < known.usdPerAcceleratorHour) {
      best.set(offer.provider, offer);
    }
  }
  return [...best.values()];
}

/** Linear between order statistics of an ascending list. */
export function quantile(sorted: readonly number[], q: number): number {
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? low;
  return low + (high - low) * (at - Math.floor(at));
}
