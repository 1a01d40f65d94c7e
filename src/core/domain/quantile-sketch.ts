/** A distribution as a few quantiles, and as a short text that a link can carry. */
import type { Problem } from "./problem.ts";
import type { QuantileSketch } from "./simulation.ts";
import { fail, ok, type Result } from "./result.ts";

/** Even in the body, denser in the upper tail, where long prompts decide what fits. */
export const SKETCH_PROBABILITIES: readonly number[] = [
  ...Array.from({ length: 32 }, (_, i) => i / 32),
  ...[0.98, 0.99, 0.995, 0.999, 1],
];

/** Steps of the text form per doubling: a value is off by at most 0.55 %. */
const STEPS_PER_OCTAVE = 64;
const MAX_STEP = STEPS_PER_OCTAVE * 24;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const MORE = 32;

/**
 * The sketch of a sample.
 *
 * Leaves   out everything between the kept probabilities; the mean of the sketch is that of its lines.
 * Throws   RangeError for an empty sample or a value that is negative or not finite.
 */
export function sketchOf(sample: ArrayLike<number>): QuantileSketch {
  const sorted = Float64Array.from(sample).sort();
  const last = sorted.length - 1;
  const sound = last >= 0 && (sorted[0] as number) >= 0 && Number.isFinite(sorted[last]);
  if (!sound) throw new RangeError("a sketch needs finite values, none negative");
  const values = SKETCH_PROBABILITIES.map((p) => {
    const at = p * last;
    const i = Math.floor(at);
    const low = sorted[i] as number;
    return low + (at - i) * ((sorted[Math.min(i + 1, last)] as number) - low);
  });
  return { version: 1, values };
}

/** The value below which a share `probability` (0..1) of the sketch lies. */
export function sketchQuantile({ values }: QuantileSketch, probability: number): number {
  let i = probability < 0.96875 ? Math.max(0, Math.floor(probability * 32)) : 31;
  while (i < values.length - 2 && probability > (SKETCH_PROBABILITIES[i + 1] as number)) i++;
  const p0 = SKETCH_PROBABILITIES[i] as number;
  const p1 = SKETCH_PROBABILITIES[i + 1] as number;
  const v0 = values[i] as number;
  return v0 + Math.min(1, Math.max(0, (probability - p0) / (p1 - p0))) * ((values[i + 1] as number) - v0);
}

export function sketchMean({ values }: QuantileSketch): number {
  let mean = 0;
  for (let i = 1; i < values.length; i++) {
    const width = (SKETCH_PROBABILITIES[i] as number) - (SKETCH_PROBABILITIES[i - 1] as number);
    mean += (width * ((values[i] as number) + (values[i - 1] as number))) / 2;
  }
  return mean;
}

/** Of the square: what queues and caches feel of a spread. */
export function sketchSquare({ values }: QuantileSketch): number {
  let square = 0;
  for (let i = 1; i < values.length; i++) {
    const width = (SKETCH_PROBABILITIES[i] as number) - (SKETCH_PROBABILITIES[i - 1] as number);
    const [a, b] = [values[i - 1] as number, values[i] as number];
    square += (width * (a * a + a * b + b * b)) / 3;
  }
  return square;
}

export function checkSketch(sketch: QuantileSketch, path: string): Problem | null {
  const { version, values } = sketch as { version: number; values: readonly number[] };
  if (version !== 1) return { path: `${path}.version`, problem: `version ${version} is not known` };
  if (!Array.isArray(values) || values.length !== SKETCH_PROBABILITIES.length) {
    return { path: `${path}.values`, problem: `needs ${SKETCH_PROBABILITIES.length} values` };
  }
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!Number.isFinite(value) || value < 0) {
      return { path: `${path}.values[${i}]`, problem: "must be finite and not negative" };
    }
    if (i > 0 && value < (values[i - 1] as number)) {
      return { path: `${path}.values[${i}]`, problem: "must not be below the one before it" };
    }
  }
  return null;
}

/** Logarithmic steps, differences, five bits a letter after the version. Encoding twice changes nothing more. */
export function encodeSketch({ values }: QuantileSketch): string {
  let text = "1";
  let before = 0;
  for (const value of values) {
    const step = Math.min(MAX_STEP, Math.round(Math.log2(1 + value) * STEPS_PER_OCTAVE));
    let rest = step - before;
    before = step;
    for (; rest >= MORE; rest = Math.floor(rest / MORE)) text += ALPHABET[MORE + (rest % MORE)] ?? "";
    text += ALPHABET[rest] ?? "";
  }
  return text;
}

export function decodeSketch(text: string): Result<QuantileSketch, Problem> {
  const refuse = (problem: string) => fail({ path: "sketch", problem });
  if (!text.startsWith("1")) return refuse(`version ${JSON.stringify(text.slice(0, 1))} is not known`);
  const values: number[] = [];
  let step = 0;
  let rest = 0;
  let scale = 1;
  for (const letter of text.slice(1)) {
    const digit = ALPHABET.indexOf(letter);
    if (digit < 0 || letter === "") return refuse(`${JSON.stringify(letter)} has no place in it`);
    rest += (digit % MORE) * scale;
    scale *= MORE;
    if (scale > MORE ** 4) return refuse("a step is too long");
    if (digit >= MORE) continue;
    step += rest;
    if (step > MAX_STEP) return refuse("a value is too large");
    values.push(2 ** (step / STEPS_PER_OCTAVE) - 1);
    rest = 0;
    scale = 1;
  }
  if (scale !== 1 || values.length !== SKETCH_PROBABILITIES.length) return refuse("is cut short or too long");
  return ok({ version: 1, values });
}
