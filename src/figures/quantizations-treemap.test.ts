import { describe, expect, it } from "vitest";
import { placeTreemap, type TreemapCell } from "./quantizations-treemap.ts";

const cells: TreemapCell[] = (["down", "gate", "up"] as const).flatMap((part) =>
  Array.from({ length: 13 }, (_, i) => ({
    part,
    layer: 15 - i,
    type: "q4_K",
    bytes: part === "down" && i % 2 === 0 ? 3 : 2,
  })),
);

describe("placeTreemap", () => {
  const map = placeTreemap(cells, [
    { name: "router", bytes: 1 },
    { name: "attention", bytes: 3 },
  ]);
  const boxes = map.columns.flatMap((column) => column.cells);

  it("gives every cell an area in proportion to its bytes", () => {
    expect(boxes).toHaveLength(cells.length);
    const densities = boxes.map(({ width, height, cell }) => (width * height) / cell.bytes);
    for (const density of densities) expect(density).toBeCloseTo(densities[0] ?? 0, 12);
  });

  it("fills the whole figure", () => {
    const area = (of: readonly { width: number; height: number }[]) =>
      of.reduce((sum, { width, height }) => sum + width * height, 0);
    expect(area(boxes) + area(map.groups)).toBeCloseTo(1, 12);
  });

  it("runs layers left to right and top to bottom, largest group first", () => {
    const down = map.columns[0]?.cells ?? [];
    expect(down.map(({ cell }) => cell.layer)).toEqual(Array.from({ length: 13 }, (_, i) => i + 3));
    expect(down[5]?.top).toBe(0);
    expect(down[6]).toMatchObject({ left: 0 });
    expect(map.groups.map(({ group }) => group.name)).toEqual(["attention", "router"]);
  });

  it("has an answer for nothing", () => {
    expect(placeTreemap([], [])).toEqual({ columns: [], groups: [] });
  });
});
