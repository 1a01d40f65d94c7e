import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  checkSketch,
  decodeSketch,
  encodeSketch,
  sketchMean,
  sketchOf,
  sketchQuantile,
} from "./quantile-sketch.ts";
import { Random } from "../workload/random.ts";

const sample = fc.array(fc.integer({ min: 0, max: 200_000 }), { minLength: 1, maxLength: 300 });

describe("sketchOf", () => {
  it("keeps ends and median", () => {
    const sketch = sketchOf(Array.from({ length: 1001 }, (_, i) => 1000 - i));
    expect(sketchQuantile(sketch, 0)).toBe(0);
    expect(sketchQuantile(sketch, 0.5)).toBe(500);
    expect(sketchQuantile(sketch, 0.99)).toBeCloseTo(990, 9);
    expect(sketchQuantile(sketch, 1)).toBe(1000);
    expect(sketchMean(sketch)).toBeCloseTo(500, 9);
  });

  it("keeps the mean of a long tail within two percent", () => {
    const random = Random.fromSeed(1);
    const values = Array.from({ length: 50_000 }, () => Math.exp(6 + random.normal()));
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    expect(Math.abs(sketchMean(sketchOf(values)) / mean - 1)).toBeLessThan(0.02);
  });

  it.each([[[]], [[Number.NaN]], [[-1, 2]], [[Number.POSITIVE_INFINITY]]])("refuses %j", (values) => {
    expect(() => sketchOf(values)).toThrow(RangeError);
  });

  it("is a sketch that rises, for any sample", () => {
    fc.assert(
      fc.property(sample, fc.double({ min: 0, max: 1, noNaN: true }), (values, p) => {
        const sketch = sketchOf(values);
        expect(checkSketch(sketch, "s")).toBeNull();
        const at = sketchQuantile(sketch, p);
        expect(at).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9);
        expect(at).toBeLessThanOrEqual(Math.max(...values) + 1e-9);
        expect(sketchQuantile(sketch, Math.min(1, p + 0.01))).toBeGreaterThanOrEqual(at - 1e-9);
      }),
    );
  });
});

describe("the text of a sketch", () => {
  it("comes back within half a step, short, and unchanged the second time", () => {
    fc.assert(
      fc.property(sample, (values) => {
        const sketch = sketchOf(values);
        const text = encodeSketch(sketch);
        expect(text.length).toBeLessThanOrEqual(100);
        const back = decodeSketch(text);
        if (!back.ok) throw new Error(back.error.problem);
        back.value.values.forEach((value, i) => {
          const exact = sketch.values[i] as number;
          expect(Math.abs((1 + value) / (1 + exact) - 1)).toBeLessThan(0.0055);
        });
        expect(encodeSketch(back.value)).toBe(text);
      }),
    );
  });

  it.each(["", "2AAA", "1", "1!", "1" + "_".repeat(8), "1" + "A".repeat(36), "1" + "A".repeat(38)])(
    "refuses %j",
    (text) => expect(decodeSketch(text).ok).toBe(false),
  );

  it("never throws, and what it accepts is sound", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const back = decodeSketch("1" + text);
        if (back.ok) expect(checkSketch(back.value, "s")).toBeNull();
      }),
    );
  });
});
