import { describe, expect, it } from "vitest";
import { catalog, loadOpTables } from "../../planner-data.ts";
import { formatProblem } from "../domain/problem.ts";
import { parseOpTables } from "./parse-op-tables.ts";

const table = {
  op: "gemm",
  key: { dtype: "fp8", n: 2112, k: 7168 },
  engine: "sglang",
  version: "0.5.14",
  axes: [
    { name: "m", knots: [1, 8, 64] },
    { name: "x", knots: [1, 2] },
  ],
  ms: [1, 2, 3, 4, 5, 6],
  interpolationError: { median: 0.01, p95: 0.05 },
};
const set = (over: object): unknown => ({
  accelerator: "h200-sxm",
  source: "aiconfigurator",
  tables: [table, { ...table, ...over }],
});
const problemOf = (content: unknown): string => {
  const result = parseOpTables(content);
  return result.ok ? "parsed" : formatProblem(result.error);
};

describe("parseOpTables", () => {
  it("reads every shipped table set, and says null for an accelerator without one", async () => {
    const measured = [];
    for (const id of catalog.accelerators.keys()) {
      const tables = await loadOpTables(id);
      if (tables) measured.push(tables.accelerator);
    }
    expect(measured).toEqual(
      expect.arrayContaining(["a100-80-sxm", "b200-sxm", "gb200", "h100-sxm", "h200-sxm", "l40s"]),
    );
    expect(await loadOpTables("m3-ultra-512")).toBeNull();
  });

  it.each([
    [set({ ms: [1, 2, 3] }), "tables[1].ms: expected 6 values for the axes, got 3"],
    [set({ ms: [1, 2, 3, 4, 0, 6] }), "tables[1].ms[4]: must be more than 0, got 0"],
    [
      set({ axes: [{ name: "m", knots: [1, 8, 8, 9, 10, 11] }] }),
      "tables[1].axes[0].knots[2]: must ascend, got 8",
    ],
    [set({ engine: 3 }), "tables[1].engine: expected string, got 3"],
    [{ accelerator: "x", tables: [] }, "source: required, and missing"],
    [null, "plan: expected an object, got null"],
  ])("refuses %#", (content, text) => expect(problemOf(content)).toBe(text));
});
