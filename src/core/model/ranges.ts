/** Arithmetic of predictions with intervals: independent errors, multiplied in logarithms, added in squares. */
import { softest, type EstimateBasis, type Ranged } from "../domain/provenance.ts";

export const exactly = (value: number, basis: EstimateBasis = "measured"): Ranged => ({
  value,
  low: value,
  high: value,
  basis,
});

export function scaled({ value, low, high, basis }: Ranged, by: number): Ranged {
  return { value: value * by, low: low * by, high: high * by, basis };
}

const log = (part: number, whole: number): number => (whole > 0 && part > 0 ? Math.log(part / whole) : 0);

/** `a × b`, as if their errors were independent. */
export function product(a: Ranged, b: Ranged): Ranged {
  const value = a.value * b.value;
  const down = Math.hypot(log(a.low, a.value), log(b.low, b.value));
  const up = Math.hypot(log(a.high, a.value), log(b.high, b.value));
  return {
    value,
    low: value * Math.exp(-down),
    high: value * Math.exp(up),
    basis: softest(a.basis, b.basis),
  };
}

/** `1 / a`. */
export function inverse({ value, low, high, basis }: Ranged): Ranged {
  return { value: 1 / value, low: 1 / high, high: 1 / low, basis };
}

/** The sum, as if errors were independent. */
export function total(terms: readonly Ranged[]): Ranged {
  const value = terms.reduce((sum, term) => sum + term.value, 0);
  const squares = (side: (term: Ranged) => number) => Math.hypot(...terms.map(side), 0);
  return {
    value,
    low: value - squares((term) => term.value - term.low),
    high: value + squares((term) => term.high - term.value),
    basis: softest(...terms.map(({ basis }) => basis)),
  };
}
