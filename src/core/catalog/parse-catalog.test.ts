import { describe, expect, it } from "vitest";
import { catalog } from "../../planner-data.ts";

describe("parseCatalog on planner-data", () => {
  it("parses everything", () => {
    expect(catalog.accelerators.size).toBeGreaterThan(40);
  });
});
