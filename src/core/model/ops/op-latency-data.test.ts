/** The distilled tables themselves: small, whole, and as their own README says. */
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { OpTableSet } from "../../domain/op-tables.ts";

interface Outliers {
  readonly tables: readonly { readonly reason: string }[];
  readonly points: readonly { readonly fasterThanPhysics?: unknown; readonly slowerThanMoreWork?: unknown }[];
}

const FOLDER = new URL("../../../../planner-data/op-latency/", import.meta.url);
const text = (file: string): string => readFileSync(new URL(file, FOLDER), "utf8");
const files = readdirSync(FOLDER).filter((file) => file !== "OUTLIERS.json");
const sets = files.map((file): OpTableSet => JSON.parse(text(file)) as OpTableSet);

describe("planner-data/op-latency", () => {
  it("holds nine devices in at most 250 kB gzipped", () => {
    expect(files).toHaveLength(9);
    const bytes = files.reduce((sum, file) => sum + gzipSync(text(file), { level: 9 }).length, 0);
    expect(bytes).toBeLessThan(250_000);
  });

  it("has every operation on every device", () => {
    for (const set of sets) {
      const ops = new Set(set.tables.map(({ op }) => op));
      for (const op of ["gemm", "moe", "mla-decode", "mla-prefill", "absorbed", "all-reduce"]) {
        expect([set.accelerator, op, ops.has(op)]).toEqual([set.accelerator, op, true]);
      }
    }
  });

  it("states an error for every table, a median of at most 9 % (A100 in BF16 is the roughest)", () => {
    for (const { accelerator, tables } of sets) {
      for (const { op, key, interpolationError: e } of tables) {
        expect(e.median <= 0.09 && e.p95 >= e.median, `${accelerator} ${op} ${JSON.stringify(key)}`).toBe(
          true,
        );
      }
    }
  });

  it("grows along every axis of work", () => {
    for (const { accelerator, tables } of sets) {
      for (const { op, axes, ms } of tables) {
        const width = axes.at(-1)!.knots.length;
        const falls = ms.filter((value, i) => i % width > 0 && value < (ms[i - 1] as number));
        expect([accelerator, op, falls.length]).toEqual([accelerator, op, 0]);
      }
    }
  });

  it("lists refused tables and outlying points with a reason each", () => {
    const { tables, points } = JSON.parse(text("OUTLIERS.json")) as Outliers;
    expect(tables.length).toBeGreaterThan(100);
    expect(tables.every((t) => t.reason.length > 20)).toBe(true);
    expect(points.some((p) => p.fasterThanPhysics)).toBe(true);
    expect(points.some((p) => p.slowerThanMoreWork)).toBe(true);
  });
});
