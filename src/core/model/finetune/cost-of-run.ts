/** What the hours cost: the rent of every accelerator while the run, or the whole schedule, lasts. */
import type { Catalog } from "../../domain/catalog.ts";
import type { FinetuneEstimate, Stage, TrainingPerformance } from "../../domain/finetune-estimate.ts";
import type { FinetunePlan } from "../../domain/finetune-plan.ts";
import { softest, type Ranged } from "../../domain/provenance.ts";
import { choosePrice } from "../cost/rental-price.ts";

/** Null where no price is known. Ranges multiply: price and time are independent, so ends are wider than 80 %. */
export function costOf(
  plan: FinetunePlan,
  catalog: Catalog,
  performance: TrainingPerformance,
  stages: readonly Stage[],
): FinetuneEstimate["cost"] {
  const price = choosePrice(plan, catalog.rentalOffers);
  if (price === null) return null;
  const accelerators = plan.cluster.acceleratorsPerNode * plan.cluster.nodes;
  const usdPerHour = scaled(price.usd, accelerators);
  const tokens = plan.data.tokens * plan.data.epochs;
  const usd = product(usdPerHour, performance.trainHours);
  const whole = stages.map(({ hours }) => hours).reduce(plus);
  return {
    usdPerHour,
    usd,
    usdSchedule: product(usdPerHour, whole),
    usdPerMillionTokens: scaled(usd, 1e6 / tokens),
    offer: price.label,
  };
}

const scaled = ({ value, low, high, basis }: Ranged, by: number): Ranged => ({
  value: value * by,
  low: low * by,
  high: high * by,
  basis,
});

const product = (a: Ranged, b: Ranged): Ranged => ({
  value: a.value * b.value,
  low: a.low * b.low,
  high: a.high * b.high,
  basis: softest(a.basis, b.basis),
});

const plus = (a: Ranged, b: Ranged): Ranged => ({
  value: a.value + b.value,
  low: a.low + b.low,
  high: a.high + b.high,
  basis: softest(a.basis, b.basis),
});
