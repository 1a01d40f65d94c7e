import { describe, expect, it } from "vitest";
import { LogCurve, LogSurface } from "./log-curve.ts";

const at = (curve: LogCurve, x: number): number => curve.at(Math.log(x));

describe("LogCurve", () => {
  const curve = new LogCurve([1, 10, 100], [2, 2, 20]);

  it("goes through its knots and is a power law between them", () => {
    expect(at(curve, 1)).toBeCloseTo(2, 12);
    expect(at(curve, 100)).toBeCloseTo(20, 12);
    expect(at(curve, Math.sqrt(1000))).toBeCloseTo(2 * Math.sqrt(10), 12);
  });

  it("holds the first value below, and goes on with the last slope beyond", () => {
    expect(at(curve, 0.01)).toBeCloseTo(2, 12);
    expect(at(curve, 1000)).toBeCloseTo(200, 9);
  });

  it("never grows faster than the work beyond the last knot, and never falls", () => {
    expect(at(new LogCurve([1, 2], [1, 8]), 4)).toBeCloseTo(16, 12);
    expect(at(new LogCurve([1, 2], [8, 1]), 4)).toBeCloseTo(1, 12);
  });
});

describe("LogSurface", () => {
  const surface = new LogSurface([1, 4], [10, 100], [1, 10, 2, 40], 2);

  it("is bilinear in logarithms", () => {
    expect(surface.at(Math.log(2), Math.log(10))).toBeCloseTo(Math.sqrt(2), 12);
    expect(surface.at(Math.log(2), Math.log(100))).toBeCloseTo(20, 12);
  });

  it("grows in proportion beyond its rows and with the given power beyond its columns", () => {
    expect(surface.at(Math.log(8), Math.log(100))).toBeCloseTo(80, 12);
    expect(surface.at(Math.log(4), Math.log(200))).toBeCloseTo(160, 12);
  });

  it("holds the first row below", () => {
    expect(surface.at(Math.log(0.5), Math.log(100))).toBeCloseTo(10, 12);
  });
});
