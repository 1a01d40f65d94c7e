import { describe, expect, it } from "vitest";
import { operatorOf, stepOf } from "./fixture.ts";
import { placeWaterfall, totalMultiple } from "./waterfall.ts";

const step = stepOf([
  operatorOf({ ms: 20, limitMs: 15 }),
  operatorOf({
    id: "all-reduce",
    name: "All-reduce",
    hue: "comm",
    ms: 6,
    limitMs: 1,
    count: 122,
    bound: "network",
  }),
  operatorOf({ id: "host", name: "Host", hue: "runtime", ms: 4, bound: "host" }),
]);
const total = { value: 30, low: 27, high: 33, basis: "calibrated" } as const;

describe("placeWaterfall", () => {
  const figure = placeWaterfall(step, total);

  it("begins each bar where the one above ended", () => {
    const [experts, reduce, host] = figure.rows;
    expect(experts!.start).toBe(0);
    expect(reduce!.start).toBeCloseTo(experts!.width, 12);
    expect(host!.start + host!.width).toBeCloseTo(figure.total.at, 12);
  });

  it("fills a bar to its physical limit and gives the multiple; host work has none", () => {
    expect(figure.rows[0]!.solid).toBeCloseTo(0.75, 12);
    expect(figure.rows[1]!.multiple).toBeCloseTo(6, 12);
    expect(figure.rows[2]!.multiple).toBeNull();
    expect(figure.rows[2]!.solid).toBe(0);
  });

  it("counts calls where they explain the row", () => {
    expect(figure.rows.map(({ label }) => label)).toEqual(["Routed experts", "All-reduce × 122", "Host"]);
  });

  it("keeps the interval on the axis, and rows readable when it is wide", () => {
    expect(figure.total.high).toBeLessThan(1);
    const wide = placeWaterfall(step, { ...total, high: 300 });
    expect(wide.axisMs).toBeLessThan(40);
    expect(wide.total.high).toBe(1);
  });

  it("compares the whole with the sum of limits", () => {
    expect(totalMultiple(step.operators)).toBeCloseTo(30 / 16, 12);
    expect(totalMultiple([operatorOf({ id: "host", ms: 4 })])).toBeNull();
  });
});
