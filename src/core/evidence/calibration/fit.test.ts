import { describe, expect, test } from "vitest";
import { fit, type Knob } from "./fit.ts";
import { solveSymmetric } from "./solve.ts";

const knob = (start: number): Knob => ({ value: start, start, bounds: [1e-3, 1e3] });

/** time = a + b * x, measured exactly but for the rows that `spoil` multiplies. */
function line(spoil: (i: number) => number) {
  const a = knob(1);
  const b = knob(1);
  const x = Array.from({ length: 40 }, (_, i) => i / 4);
  const measured = x.map((v, i) => (3 + 0.5 * v) * spoil(i));
  const residuals = () =>
    Float64Array.from(x, (v, i) => Math.log((measured[i] as number) / (a.value + b.value * v)));
  fit(
    [a, b],
    x.map(() => ({ weight: 1 })),
    residuals,
  );
  return [a.value, b.value] as const;
}

describe("a fit", () => {
  test("finds what made the measurements", () => {
    const [a, b] = line(() => 1);
    expect(Math.abs(a / 3 - 1)).toBeLessThan(0.02);
    expect(Math.abs(b / 0.5 - 1)).toBeLessThan(0.03);
  });

  test("is not led astray by a tenth of wild rows", () => {
    const [a, b] = line((i) => (i % 10 === 3 ? 6 : 1));
    expect(Math.abs(a / 3 - 1)).toBeLessThan(0.06);
    expect(Math.abs(b / 0.5 - 1)).toBeLessThan(0.1);
  });

  test("leaves a parameter that no row speaks of where it starts", () => {
    const idle = knob(7);
    fit([idle], [{ weight: 1 }], () => Float64Array.of(0.3));
    expect(idle.value).toBeCloseTo(7, 9);
  });

  test("stays within bounds and begins anew each time", () => {
    const bound: Knob = { value: 900, start: 1, bounds: [0.5, 2] };
    const run = () => fit([bound], [{ weight: 20 }], () => Float64Array.of(Math.log(3 / bound.value)));
    run();
    expect(bound.value).toBe(2);
    run();
    expect(bound.value).toBe(2);
  });
});

test("a symmetric system is solved", () => {
  const x = solveSymmetric([Float64Array.of(4, 1), Float64Array.of(1, 3)], Float64Array.of(1, 2));
  expect([...x].map((v) => Number(v.toFixed(9)))).toEqual([1 / 11, 7 / 11].map((v) => Number(v.toFixed(9))));
});
