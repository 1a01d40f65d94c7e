import { describe, expect, it } from "vitest";
import { placeWhisker } from "./whisker.ts";

describe("placeWhisker", () => {
  it("puts ends on the axis from 0.6 to 1.4 of the value", () => {
    const whisker = placeWhisker({ value: 30.6, low: 27.7, high: 33.8, basis: "calibrated" });
    expect(whisker.low).toBeCloseTo(0.38154, 4);
    expect(whisker.high).toBeCloseTo(0.63072, 4);
    expect(whisker.lowCapped && whisker.highCapped).toBe(true);
  });

  it("gives an end beyond the axis no cap", () => {
    const whisker = placeWhisker({ value: 32.7, low: 15, high: 60, basis: "assumed" });
    expect([whisker.low, whisker.high]).toEqual([0, 1]);
    expect(whisker.lowCapped || whisker.highCapped).toBe(false);
  });

  it("does not divide by a zero value", () => {
    expect(placeWhisker({ value: 0, low: 0, high: 0, basis: "assumed" }).low).toBe(0.5);
  });
});
