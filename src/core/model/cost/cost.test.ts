import { describe, expect, test } from "vitest";
import { catalog } from "../../../planner-data.ts";
import { EXAMPLE_PLAN } from "../../domain/parse-plan.ts";
import { unit } from "../../units/quantity.ts";
import type { RentalOffer } from "../../domain/catalog.ts";
import { evaluate } from "../evaluate.ts";
import { apiModelId } from "./api-lines.ts";
import { ownershipPerHour } from "./ownership.ts";
import { choosePrice } from "./rental-price.ts";

const facts = { catalog, opTables: null };
const priced = (usd: number) => ({ ...EXAMPLE_PLAN, price: { usdPerAcceleratorHour: usd } });

const offer = (provider: string, usd: number, over: Partial<RentalOffer> = {}): RentalOffer => ({
  provider,
  instance: "8x",
  accelerator: "h200-sxm",
  acceleratorCount: 8,
  term: "on-demand",
  usdPerAcceleratorHour: unit.usdPerHour(usd),
  region: "us",
  checked: "2026-09-01",
  quality: "high",
  source: "test",
  ...over,
});

describe("the plan's own rate", () => {
  const { cost, performance } = evaluate(priced(2.5), facts);

  test("8 accelerators at $2.50 are $20 an hour", () => {
    expect(cost?.usdPerHour).toBeCloseTo(20, 9);
  });

  test("all of it charged to output tokens", () => {
    const tokensPerHour = (performance?.outputTokensPerSecond.value ?? 0) * 3600;
    expect(cost?.usdPerMillionOutputTokens).toBeCloseTo((20 / tokensPerHour) * 1e6, 9);
  });

  test("input tokens cost the prefill share of machine time only", () => {
    const perInput = cost?.usdPerMillionInputTokens ?? Number.NaN;
    expect(perInput).toBeGreaterThan(0);
    expect(perInput).toBeLessThan(cost?.usdPerMillionOutputTokens ?? 0);
  });

  test("twice the rate is twice the cost", () => {
    const twice = evaluate(priced(5), facts).cost;
    expect(twice?.usdPerMillionOutputTokens).toBeCloseTo(2 * (cost?.usdPerMillionOutputTokens ?? 0), 9);
  });
});

describe("choice of a rent", () => {
  test("median of providers' cheapest sound offers; spot, other parts and low quality left out", () => {
    const price = choosePrice(EXAMPLE_PLAN, [
      offer("a", 2),
      offer("a", 9),
      offer("b", 3),
      offer("c", 10),
      offer("d", 0.5, { quality: "low" }),
      offer("e", 0.5, { term: "spot" }),
      offer("f", 0.5, { accelerator: "h100-sxm" }),
      offer("g", 0.5, { checked: "2024-01-01" }),
    ]);
    expect(price?.usd.value).toBe(3);
    expect(price?.usd.low).toBeCloseTo(2.2, 9);
    expect(price?.usd.high).toBeCloseTo(8.6, 9);
  });

  test("no offer is no price", () => {
    expect(choosePrice(EXAMPLE_PLAN, [offer("a", 2, { accelerator: "l4" })])).toBeNull();
  });
});

test("a part without price or offer costs null, with a note, never 0", () => {
  const { cost, notes } = evaluate(EXAMPLE_PLAN, {
    catalog: {
      ...catalog,
      rentalOffers: [],
      accelerators: new Map(
        [...catalog.accelerators].map(([id, a]) => {
          const { listPrice: _listPrice, ...rest } = a;
          return [id, rest];
        }),
      ),
    },
    opTables: null,
  });
  expect(cost?.usdPerHour).toBeNull();
  expect(cost?.usdPerMillionOutputTokens).toBeNull();
  expect(notes.some((note) => note.path === "price")).toBe(true);
});

test("owning is purchase over its years, power and space", () => {
  const accelerator = catalog.accelerators.get("h200-sxm");
  const own = ownershipPerHour(EXAMPLE_PLAN, catalog, accelerator);
  const years = catalog.ownership.amortisationYears.value;
  const price = (accelerator?.listPrice?.value ?? 0) * (1 + catalog.ownership.systemPriceShare.value);
  expect(own?.capexPerHour).toBeCloseTo((8 * price) / (years * 8766), 9);
  const sum = (own?.capexPerHour ?? 0) + (own?.powerPerHour ?? 0) + (own?.colocationPerHour ?? 0);
  expect(own?.usdPerHour).toBeCloseTo(sum, 9);
});

test("API names mean a model or none for certain", () => {
  expect(apiModelId("fireworks_ai/accounts/fireworks/models/deepseek-v3p1-terminus")).toBe(
    "deepseek-v3.1-terminus",
  );
  expect(apiModelId("together_ai/deepseek-ai/DeepSeek-R1-0528-tput")).toBeNull();
  expect(apiModelId("V3.2")).toBe("deepseek-v3.2");
  expect(apiModelId("azure_ai/deepseek-v3")).toBe("deepseek-v3");
  expect(apiModelId("deepseek.v3-v1:0")).toBe("deepseek-v3");
});
