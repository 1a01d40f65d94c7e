/** Rows of the price tables as offers. */
import type { ApiOffer, RentalOffer } from "../domain/catalog.ts";
import { unit } from "../units/quantity.ts";
import type { ApiRow, RentalRow } from "./price-schema.ts";

/** One row of prices/rentals.json, columns as in `RENTAL_COLUMNS`. */
export function rentalOffer(row: RentalRow): RentalOffer {
  const [provider, instance, accelerator, acceleratorCount, term, usd, region, checked, quality, source] =
    row;
  return {
    provider,
    instance,
    accelerator,
    acceleratorCount,
    term,
    usdPerAcceleratorHour: unit.usdPerHour(usd),
    region,
    checked,
    quality,
    source,
  };
}

/** One row of prices/api.json, columns as in `API_COLUMNS`. */
export function apiOffer(row: ApiRow): ApiOffer {
  const [provider, model, input, output, cachedInput, checked, source] = row;
  return {
    provider,
    model,
    input: unit.usdPerMillionTokens(input),
    output: unit.usdPerMillionTokens(output),
    ...(cachedInput === null ? {} : { cachedInput: unit.usdPerMillionTokens(cachedInput) }),
    checked,
    source,
  };
}
