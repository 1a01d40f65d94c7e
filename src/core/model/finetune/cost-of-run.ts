/** What the hours cost: the rent of every accelerator while the run, or the whole schedule, lasts. */
import type { Catalog } from "../../domain/catalog.ts";
import type { FinetuneEstimate, Stage, TrainingPerformance } from "../../domain/finetune-estimate.ts";
import type { FinetunePlan } from "../../domain/finetune-plan.ts";
import { acceleratorsOf } from "../../domain/plan.ts";
import { choosePrice } from "../cost/rental-price.ts";
import { product, scaled, total } from "../ranges.ts";

/** Null where no price is known. Errors of price and time are taken as independent, and those of the stages too. */
export function costOf(
  plan: FinetunePlan,
  catalog: Catalog,
  performance: TrainingPerformance,
  stages: readonly Stage[],
): FinetuneEstimate["cost"] {
  const price = choosePrice(plan, catalog.rentalOffers);
  if (price === null) return null;
  const usdPerHour = scaled(price.usd, acceleratorsOf(plan.cluster));
  const tokens = plan.data.tokens * plan.data.epochs;
  const usd = product(usdPerHour, performance.trainHours);
  const whole = total(stages.map(({ hours }) => hours));
  return {
    usdPerHour,
    usd,
    usdSchedule: product(usdPerHour, whole),
    usdPerMillionTokens: scaled(usd, 1e6 / tokens),
    offer: price.label,
  };
}
