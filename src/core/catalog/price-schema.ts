/** Rental and API prices as tables, what owning costs, and the sources that all facts name. */
import * as v from "valibot";
import {
  columns,
  count,
  date,
  fact,
  notList,
  notNegative,
  positive,
  quality,
  term,
  text,
} from "./fact-schema.ts";

export const RENTAL_COLUMNS = [
  "provider",
  "instance",
  "accelerator",
  "acceleratorCount",
  "term",
  "usdPerAcceleratorHour",
  "region",
  "checked",
  "quality",
  "source",
] as const;

const rentalRow = v.strictTuple([text, text, text, count, term, positive, v.string(), date, quality, text]);

export const rentalSchema = v.strictObject({
  unit: v.literal("USD/h"),
  columns: columns(RENTAL_COLUMNS),
  rows: v.array(rentalRow),
});

export const API_COLUMNS = [
  "provider",
  "model",
  "input",
  "output",
  "cachedInput",
  "checked",
  "source",
] as const;

const apiRow = v.strictTuple([text, text, notNegative, notNegative, v.nullable(notNegative), date, text]);

export const apiSchema = v.strictObject({
  unit: v.literal("USD/Mtoken"),
  columns: columns(API_COLUMNS),
  rows: v.array(apiRow),
});

export const ownershipSchema = v.strictObject({
  powerUsageEffectiveness: fact("1"),
  usdPerKilowattHour: fact("USD/kWh"),
  colocationUsdPerKilowattMonth: fact("USD/kW-month"),
  amortisationYears: fact("year"),
  systemPriceShare: fact("1"),
  allInPowerPerAccelerator: notList(v.record(text, fact("W"))),
});

export const sourcesSchema = v.record(
  text,
  v.strictObject({ title: text, url: v.optional(text), licence: text, retrieved: date }),
);

export type RentalRow = v.InferOutput<typeof rentalRow>;
export type ApiRow = v.InferOutput<typeof apiRow>;
