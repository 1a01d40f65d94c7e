/** What owning the hardware costs an hour. */
import type { Accelerator, Catalog } from "../../domain/catalog.ts";
import type { Plan } from "../../domain/plan.ts";

export interface Ownership {
  readonly usdPerHour: number;
  readonly capexPerHour: number;
  readonly powerPerHour: number;
  readonly colocationPerHour: number;
  readonly label: string;
  readonly source: string;
}

const HOURS_PER_YEAR = 8766;
const HOURS_PER_MONTH = HOURS_PER_YEAR / 12;

/**
 * Cost of an hour of one's own cluster.
 *
 *   price × (1 + system share) / (years × 8766 h)  +  kW × PUE × $/kWh  +  kW × $/kW-month / 730.5 h
 *
 * Where an all-in power figure is known it holds host share and PUE already.
 * Leaves   out staff, capital cost, spare parts and idle hours. Null without a list price.
 */
export function ownershipPerHour(
  plan: Plan,
  catalog: Catalog,
  accelerator: Accelerator | undefined,
): Ownership | null {
  if (accelerator?.listPrice === undefined) return null;
  const facts = catalog.ownership;
  const count = plan.cluster.acceleratorsPerNode * plan.cluster.nodes;
  const allIn = facts.allInPowerPerAccelerator.get(accelerator.id)?.value;
  const own = accelerator.powerDraw?.value;
  if (allIn === undefined && own === undefined) return null;
  const standalone = accelerator.kind === "unified-memory";
  const share = standalone ? 0 : facts.systemPriceShare.value;
  const years = facts.amortisationYears.value;
  const capexPerHour = (count * accelerator.listPrice.value * (1 + share)) / (years * HOURS_PER_YEAR);
  const pue = facts.powerUsageEffectiveness.value;
  const kilowatts = (count * (allIn ?? (own ?? 0) * (1 + (standalone ? 0 : share)) * pue)) / 1e3;
  const powerPerHour = kilowatts * facts.usdPerKilowattHour.value;
  const colocationPerHour = standalone
    ? 0
    : (kilowatts / pue) * (facts.colocationUsdPerKilowattMonth.value / HOURS_PER_MONTH);
  return {
    usdPerHour: capexPerHour + powerPerHour + colocationPerHour,
    capexPerHour,
    powerPerHour,
    colocationPerHour,
    label: `own, ${years} years`,
    source: accelerator.listPrice.source,
  };
}
