/** What a plan costs per hour and per token: rented, owned, and against API prices. */
import type { Accelerator, Catalog, OwnershipFacts, RentalOffer } from "../../domain/catalog.ts";
import type { CostEstimate, CostLine, Note, PerformanceEstimate } from "../../domain/estimate.ts";
import { acceleratorsOf, type Plan } from "../../domain/plan.ts";
import { softest, type EstimateBasis, type Ranged } from "../../domain/provenance.ts";
import { scaled } from "../ranges.ts";
import { choosePrice, type HourlyPrice } from "./rental-price.ts";
import { ownershipPerHour } from "./ownership.ts";
import { apiLines } from "./api-lines.ts";

export interface CostAnswer {
  readonly cost: CostEstimate;
  readonly notes: readonly Note[];
}

/** ms of machine that one request's prefill and its decoding take: how cost is split over tokens. */
export interface MachineTime {
  readonly prefillMs: number;
  readonly decodeMs: number;
}

/**
 * Cost of a plan at its operating point.
 *
 *   $ per hour              accelerators × price
 *   $ per million output    $ per hour / (3600 × output tokens/s) × 1e6: everything charged to output
 *   $ per million input     the share of machine time that is prefill, over input tokens
 *
 * Leaves   out idle hours: full use at this load is assumed.
 */
export function estimateCost(
  plan: Plan,
  catalog: Catalog,
  accelerator: Accelerator | undefined,
  performance: PerformanceEstimate | null,
  machine: MachineTime | null,
): CostAnswer {
  const count = acceleratorsOf(plan.cluster);
  const rent = choosePrice(plan, catalog.rentalOffers);
  const own = ownershipPerHour(plan, catalog, accelerator);
  const notes: Note[] = [];
  const hour = rent === null ? (own === null ? null : ownedHour(own)) : rentedHour(rent, count);
  if (hour === null) notes.push(missingPrice(plan, accelerator));
  else if (rent === null) {
    notes.push({
      kind: "assumption",
      message: "no rental offer is known: cost is that of owning",
      path: "price",
    });
  }
  const output =
    hour === null || performance === null ? null : perMillion(hour, performance.outputTokensPerSecond);
  const input =
    hour === null || performance === null || machine === null
      ? null
      : scaled(
          perMillion(hour, performance.inputTokensPerSecond),
          machine.prefillMs / (machine.prefillMs + machine.decodeMs),
        );
  const lines = [
    ...rentLines(plan, catalog.rentalOffers, count, performance),
    ...ownLines(own, performance, catalog.ownership),
    ...apiLines(plan, catalog),
  ];
  return {
    cost: {
      usdPerHour: hour?.value ?? null,
      usdPerMillionOutputTokens: output?.value ?? null,
      usdPerMillionInputTokens: input?.value ?? null,
      ranges: { usdPerHour: hour, usdPerMillionOutputTokens: output, usdPerMillionInputTokens: input },
      lines,
      offer: rent?.label ?? (own === null ? "no price known" : own.label),
      ...(own === null ? {} : { own }),
    },
    notes,
  };
}

function missingPrice(plan: Plan, accelerator: Accelerator | undefined): Note {
  const what = accelerator?.name ?? plan.cluster.accelerator ?? plan.cluster.host ?? "this host";
  return { kind: "warning", message: `no price is known for ${what}: cost cannot be told`, path: "price" };
}

function rentedHour(price: HourlyPrice, count: number): Ranged {
  return scaled(price.usd, count);
}

function ownedHour(own: NonNullable<ReturnType<typeof ownershipPerHour>>): Ranged {
  return { value: own.usdPerHour, low: own.usdPerHour, high: own.usdPerHour, basis: "assumed" };
}

/** Price over speed; the interval takes the cheap end with the fast one, as if they were independent. */
function perMillion(hour: Ranged, perSecond: Ranged): Ranged {
  const value = (hour.value / 3600 / perSecond.value) * 1e6;
  const down = Math.hypot(Math.log(hour.low / hour.value), Math.log(perSecond.high / perSecond.value));
  const up = Math.hypot(Math.log(hour.high / hour.value), Math.log(perSecond.low / perSecond.value));
  const basis: EstimateBasis = softest(hour.basis, perSecond.basis);
  return { value, low: value * Math.exp(-down), high: value * Math.exp(up), basis };
}

/** The cheapest offer of each provider and term for these accelerators. */
function rentLines(
  plan: Plan,
  offers: readonly RentalOffer[],
  count: number,
  performance: PerformanceEstimate | null,
): CostLine[] {
  if (performance === null) return [];
  const perMillionOf = 1e6 / 3600 / performance.outputTokensPerSecond.value;
  return cheapestByTerm(offers, plan.cluster.accelerator).map((offer) => {
    const usdPerHour = offer.usdPerAcceleratorHour * count;
    return {
      label: `${offer.provider}, ${offer.term}`,
      kind: "rent",
      usdPerHour,
      usdPerMillionOutputTokens: usdPerHour * perMillionOf,
      checked: offer.checked,
      source: offer.source,
    };
  });
}

const cheapest = new WeakMap<readonly RentalOffer[], Map<string | undefined, RentalOffer[]>>();

function cheapestByTerm(offers: readonly RentalOffer[], accelerator: string | undefined): RentalOffer[] {
  const kept = cheapest.get(offers) ?? new Map<string | undefined, RentalOffer[]>();
  cheapest.set(offers, kept);
  const known = kept.get(accelerator);
  if (known !== undefined) return known;
  const best = new Map<string, RentalOffer>();
  for (const offer of offers) {
    if (offer.accelerator !== accelerator) continue;
    const key = `${offer.provider} ${offer.term}`;
    const lowest = best.get(key);
    if (lowest === undefined || offer.usdPerAcceleratorHour < lowest.usdPerAcceleratorHour)
      best.set(key, offer);
  }
  const found = [...best.values()];
  kept.set(accelerator, found);
  return found;
}

function ownLines(
  own: ReturnType<typeof ownershipPerHour>,
  performance: PerformanceEstimate | null,
  facts: OwnershipFacts,
): CostLine[] {
  if (own === null || performance === null) return [];
  return [
    {
      label: own.label,
      kind: "own",
      usdPerHour: own.usdPerHour,
      usdPerMillionOutputTokens: (own.usdPerHour / 3600 / performance.outputTokensPerSecond.value) * 1e6,
      checked: facts.amortisationYears.date ?? "",
      source: own.source,
    },
  ];
}
