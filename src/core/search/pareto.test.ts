import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SearchColumns } from "../domain/search.ts";
import { paretoFront, rankRows, skyline } from "./pareto.ts";
import { allocateColumns } from "./rows.ts";

interface Row {
  readonly cost: number;
  readonly speed: number;
  readonly size: number;
}

function columnsOf(rows: readonly Row[]): SearchColumns {
  const columns = allocateColumns(rows.length);
  rows.forEach(({ cost, speed, size }, i) => {
    columns.candidate[i] = i;
    columns.usdPerMillionOutputTokens[i] = cost;
    columns.tokensPerSecondPerUser[i] = speed;
    columns.accelerators[i] = size;
  });
  return columns;
}

/** NaN costs more than any number, and as much as another NaN. */
const price = (cost: number) => (Number.isNaN(cost) ? Infinity : cost);

const dominates = (a: Row, b: Row) =>
  price(a.cost) <= price(b.cost) &&
  a.speed >= b.speed &&
  a.size <= b.size &&
  (price(a.cost) < price(b.cost) || a.speed > b.speed || a.size < b.size);

const row = fc.record({
  cost: fc.oneof(
    fc.integer({ min: 1, max: 9 }),
    fc.double({ min: 0.1, max: 9, noNaN: true }),
    fc.constant(NaN),
  ),
  speed: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.double({ min: 1, max: 200, noNaN: true })),
  size: fc.constantFrom(1, 2, 4, 8, 16, 32, 64, 72),
});

describe("the front", () => {
  test("is the rows that nobody dominates, each point once", () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 60 }), (rows) => {
        const front = [...paretoFront(columnsOf(rows))].map((i) => rows[i] as Row);
        for (const point of front) expect(rows.some((other) => dominates(other, point))).toBe(false);
        const best = rows.filter((point) => !rows.some((other) => dominates(other, point)));
        const key = ({ cost, speed, size }: Row) => `${price(cost)}|${speed}|${size}`;
        expect(new Set(front.map(key))).toEqual(new Set(best.map(key)));
        expect(new Set(front.map(key)).size).toBe(front.length);
      }),
    );
  });

  test("by hand: cheap, fast, small, and one that is none", () => {
    const rows = [
      { cost: 1, speed: 20, size: 16 },
      { cost: 5, speed: 90, size: 16 },
      { cost: 3, speed: 20, size: 4 },
      { cost: 3, speed: 19, size: 16 },
    ];
    expect([...paretoFront(columnsOf(rows))]).toEqual([0, 2, 1]);
    expect([...skyline(columnsOf(rows))]).toEqual([0, 1]);
  });
});

describe("the line of cost against speed", () => {
  test("rises in both, and no priced row lies above it", () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 60 }), (rows) => {
        const line = [...skyline(columnsOf(rows))].map((i) => rows[i] as Row);
        for (let i = 1; i < line.length; i++) {
          expect((line[i] as Row).cost).toBeGreaterThan((line[i - 1] as Row).cost);
          expect((line[i] as Row).speed).toBeGreaterThan((line[i - 1] as Row).speed);
        }
        for (const other of rows.filter(({ cost }) => !Number.isNaN(cost))) {
          expect(line.some(({ cost, speed }) => cost <= other.cost && speed >= other.speed)).toBe(true);
        }
      }),
    );
  });
});

test("ranking follows its objective and is a total order", () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 40 }), (rows) => {
      const columns = columnsOf(rows);
      const keys = {
        cheapest: (r: Row) => price(r.cost),
        fastest: (r: Row) => -r.speed,
        smallest: (r: Row) => r.size,
      };
      for (const objective of ["cheapest", "fastest", "smallest"] as const) {
        const order = [...rankRows(columns, objective)];
        expect([...order].sort((a, b) => a - b)).toEqual(rows.map((_, i) => i));
        const values = order.map((i) => keys[objective](rows[i] as Row));
        expect(values).toEqual([...values].sort((a, b) => a - b));
      }
    }),
  );
});
