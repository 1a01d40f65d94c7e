import { describe, expect, it } from "vitest";
import type { Ranged } from "../../core/domain/provenance.ts";
import { durationText, rateText, usdText } from "./metric-format.ts";

const range = (value: number, low: number, high: number): Ranged => ({
  value,
  low,
  high,
  basis: "calibrated",
});

describe("metrics", () => {
  it("give the interval the decimals of the value", () => {
    expect(rateText(range(30.63, 27.7, 33.84))).toEqual({
      figure: "30.6",
      unit: "tok/s",
      interval: "27.7 – 33.8",
    });
    expect(rateText(range(96.52, 85.1, 108.44)).interval).toBe("85.1 – 108.4");
    expect(rateText(range(1935.4, 1752, 2136)).figure).toBe("1,935");
  });

  it("give times in the unit of the value", () => {
    expect(durationText(range(421, 335, 529))).toEqual({ figure: "421", unit: "ms", interval: "335 – 529" });
    expect(durationText(range(62_277, 24_911, 155_693))).toEqual({
      figure: "62.3",
      unit: "s",
      interval: "24.9 – 155.7",
    });
    expect(durationText(range(600_000, 300_000, 900_000))).toMatchObject({ figure: "10.0", unit: "min" });
  });

  it("give money cents below a hundred", () => {
    expect(usdText(range(4.587, 4.16, 5.07), "/ M")).toEqual({
      figure: "$4.59",
      unit: "/ M",
      interval: "$4.16 – $5.07",
    });
    expect(usdText(range(138.9, 120, 160), "/ M").interval).toBe("$120 – $160");
  });
});
