/** What owning is made of, as the editor and the figure of its cost name it. */
import type { OwnPlan } from "../../core/domain/plan.ts";
import type { QuantityKind } from "../../core/units/parse-quantity.ts";

export interface OwnField {
  readonly label: string;
  readonly kind: QuantityKind;
  readonly unit?: string;
}

export const OWN_FIELDS: Readonly<Record<keyof OwnPlan, OwnField>> = {
  usdPerAccelerator: { label: "price of an accelerator", kind: "usd", unit: "$" },
  systemPriceShare: { label: "server, network, rack on top of it", kind: "ratio" },
  amortisationYears: { label: "written off over", kind: "ratio", unit: "years" },
  wattsPerAccelerator: { label: "power at the wall, host and cooling in", kind: "usd", unit: "W" },
  powerUsageEffectiveness: { label: "power usage effectiveness", kind: "ratio" },
  usdPerKilowattHour: { label: "electricity", kind: "usd", unit: "$/kWh" },
  colocationUsdPerKilowattMonth: { label: "colocation", kind: "usd", unit: "$/kW a month" },
};
