import { expect, test } from "vitest";
import { catalog } from "../../planner-data.ts";
import type { SearchQuery } from "../domain/search.ts";
import { enumerateSpace, planOfCandidate } from "./enumerate.ts";

const QUERY: SearchQuery = {
  version: 1,
  model: "deepseek-v3-0324",
  workload: { inputTokens: 1024, outputTokens: 1024, concurrency: 64, prefixHitRate: 0 },
  slo: { tpotMs: 50, ttftMs: 2000 },
  budget: {},
  layouts: {},
  objective: "cheapest",
};

test("a provider bounds the search to what it rents out; a named accelerator is searched without a price", () => {
  const provider = catalog.rentalOffers.find(({ accelerator }) => accelerator === "h200-sxm")?.provider ?? "";
  const offers = catalog.rentalOffers.filter((offer) => offer.provider === provider);
  const found = enumerateSpace({ ...QUERY, price: { provider } }, catalog).families;
  const named = new Set(found.map(({ accelerator }) => accelerator));
  named.delete(undefined);
  expect([...named].every((id) => offers.some(({ accelerator }) => accelerator === id))).toBe(true);
  expect(named.has("h200-sxm")).toBe(true);
  const priceless = [...catalog.accelerators.values()].find(
    ({ id, listPrice, vendor }) =>
      vendor === "NVIDIA" &&
      listPrice === undefined &&
      !catalog.rentalOffers.some((o) => o.accelerator === id),
  );
  const id = priceless?.id ?? "";
  expect(enumerateSpace(QUERY, catalog).families.some(({ accelerator }) => accelerator === id)).toBe(false);
  expect(enumerateSpace({ ...QUERY, accelerators: [id] }, catalog).total).toBeGreaterThan(0);
});

test("a number outside of the space is no plan", () => {
  const space = enumerateSpace(QUERY, catalog);
  expect(() => planOfCandidate(space, space.total)).toThrow(RangeError);
  expect(() => planOfCandidate(space, -1)).toThrow(RangeError);
});
