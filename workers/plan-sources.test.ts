import { expect, it } from "vitest";
import { EXAMPLE_PLAN } from "../src/core/domain/parse-plan.ts";
import { evaluate } from "../src/core/model/evaluate.ts";
import { catalog, loadOpTables } from "../src/planner-data.ts";
import { planSources } from "./plan-sources.ts";

it("names each publication once, with what was taken from it and when it was read", async () => {
  const opTables = await loadOpTables("h200-sxm");
  const estimate = evaluate(EXAMPLE_PLAN, { catalog, opTables });
  const sources = planSources(EXAMPLE_PLAN, catalog, opTables, estimate);
  expect(new Set(sources.map(({ id }) => id)).size).toBe(sources.length);
  const told = new Set(sources.flatMap(({ of }) => of));
  for (const part of ["H200", "DeepSeek-V3-0324", "weights", "engine defaults", "operator times", "prices"]) {
    expect(told, part).toContain(part);
  }
  for (const { title, retrieved } of sources) {
    expect(title).not.toBe("");
    expect(retrieved).toMatch(/^20\d\d-\d\d/);
  }
});

it("leaves out what the plan does not use", () => {
  const estimate = evaluate(EXAMPLE_PLAN, { catalog, opTables: null });
  const told = planSources(EXAMPLE_PLAN, catalog, null, { ...estimate, cost: null }).flatMap(({ of }) => of);
  expect(told).not.toContain("operator times");
  expect(told).not.toContain("prices");
});
