/** What owning the hardware costs an hour. */
import type { Accelerator, Catalog, OwnershipFacts } from "../../domain/catalog.ts";
import type { OwnershipCost, OwnershipInput } from "../../domain/estimate.ts";
import { acceleratorsOf, type OwnPlan, type Plan } from "../../domain/plan.ts";
import type { Fact } from "../../domain/provenance.ts";

export interface Ownership extends OwnershipCost {
  readonly label: string;
  /** Of the purchase price; "plan" where the plan states it. */
  readonly source: string;
}

const HOURS_PER_YEAR = 8766;
const HOURS_PER_MONTH = HOURS_PER_YEAR / 12;

/**
 * Cost of an hour of one's own cluster.
 *
 *   price × (1 + system share) / (years × 8766 h)  +  kW × PUE × $/kWh  +  kW × $/kW-month / 730.5 h
 *
 * Where an all-in power figure is known it holds host share and the catalog's PUE already; another PUE of the
 * plan scales it.
 * Leaves   out staff, capital cost, spare parts and idle hours. Null without a price of the accelerator.
 */
export function ownershipPerHour(
  plan: Plan,
  catalog: Catalog,
  accelerator: Accelerator | undefined,
): Ownership | null {
  if (accelerator === undefined) return null;
  const facts = catalog.ownership;
  const own = plan.price?.own ?? {};
  const price = own.usdPerAccelerator ?? accelerator.listPrice?.value;
  const watts = wattsPerAccelerator(own, accelerator, facts);
  if (price === undefined || watts === null) return null;
  const standalone = accelerator.kind === "unified-memory";
  const share = standalone ? 0 : (own.systemPriceShare ?? facts.systemPriceShare.value);
  const years = own.amortisationYears ?? facts.amortisationYears.value;
  const pue = own.powerUsageEffectiveness ?? facts.powerUsageEffectiveness.value;
  const count = acceleratorsOf(plan.cluster);
  const kilowatts = (count * watts) / 1e3;
  const capexPerHour = (count * price * (1 + share)) / (years * HOURS_PER_YEAR);
  const powerPerHour = kilowatts * (own.usdPerKilowattHour ?? facts.usdPerKilowattHour.value);
  const colocation = own.colocationUsdPerKilowattMonth ?? facts.colocationUsdPerKilowattMonth.value;
  const colocationPerHour = standalone ? 0 : (kilowatts / pue) * (colocation / HOURS_PER_MONTH);
  return {
    ...{ usdPerHour: capexPerHour + powerPerHour + colocationPerHour },
    ...{ capexPerHour, powerPerHour, colocationPerHour, kilowatts },
    inputs: inputsOf(own, accelerator, facts, watts, standalone),
    label: `own, ${years} years`,
    source: own.usdPerAccelerator === undefined ? (accelerator.listPrice?.source ?? "plan") : "plan",
  };
}

/** At the wall, with its share of host and cooling. */
function wattsPerAccelerator(own: OwnPlan, accelerator: Accelerator, facts: OwnershipFacts): number | null {
  if (own.wattsPerAccelerator !== undefined) return own.wattsPerAccelerator;
  const usual = facts.powerUsageEffectiveness.value;
  const pue = own.powerUsageEffectiveness ?? usual;
  const allIn = facts.allInPowerPerAccelerator.get(accelerator.id)?.value;
  if (allIn !== undefined) return (allIn * pue) / usual;
  const board = accelerator.powerDraw?.value;
  if (board === undefined) return null;
  const share = accelerator.kind === "unified-memory" ? 0 : facts.systemPriceShare.value;
  return board * (1 + share) * pue;
}

function inputsOf(
  own: OwnPlan,
  accelerator: Accelerator,
  facts: OwnershipFacts,
  watts: number,
  standalone: boolean,
): readonly OwnershipInput[] {
  const input = (key: keyof OwnPlan, fact: Fact<number> | undefined, unit: string, value?: number) => {
    const stated = own[key];
    if (stated !== undefined) return { key, value: stated, unit, basis: "plan" as const, source: null };
    const known = value ?? fact?.value;
    return known === undefined || fact === undefined
      ? null
      : { key, value: known, unit, basis: fact.basis, source: fact.source };
  };
  const power = facts.allInPowerPerAccelerator.get(accelerator.id) ?? accelerator.powerDraw;
  const found = [
    input("usdPerAccelerator", accelerator.listPrice, "$"),
    standalone ? null : input("systemPriceShare", facts.systemPriceShare, "share"),
    input("amortisationYears", facts.amortisationYears, "years"),
    input("wattsPerAccelerator", power, "W", watts),
    input("powerUsageEffectiveness", facts.powerUsageEffectiveness, "×"),
    input("usdPerKilowattHour", facts.usdPerKilowattHour, "$ / kWh"),
    standalone
      ? null
      : input("colocationUsdPerKilowattMonth", facts.colocationUsdPerKilowattMonth, "$ / kW-month"),
  ];
  return found.filter((one) => one !== null);
}
