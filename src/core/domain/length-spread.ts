/** What a plan's distribution of lengths adds to its means: quantiles for drawing, moments for the estimate. */
import type { LengthSpread, WorkloadPlan } from "./plan.ts";
import type { QuantileSketch, ValueDistribution } from "./simulation.ts";
import { decodeSketch, sketchMean, sketchSquare } from "./quantile-sketch.ts";

/** The standard normal's 90 % quantile. */
const Z_90 = 1.2815515655446004;

/** Why a text is no sketch of lengths; undefined: it is one. */
export function findSketchFault(text: string): string | undefined {
  const decoded = decodeSketch(text);
  if (!decoded.ok) return decoded.error.problem;
  return sketchMean(decoded.value) > 0 ? undefined : "says that every request is empty";
}

/** Deviation of the logarithm of a lognormal: ln(p90 / median) / z(0.9). */
export const logDeviation = (p90OverMedian: number): number => Math.log(p90OverMedian) / Z_90;

/** The p90 over the median of a lognormal with this coefficient of variation. */
export const p90OverMedianOf = (coefficientOfVariation: number): number =>
  Math.exp(Z_90 * Math.sqrt(Math.log(1 + coefficientOfVariation ** 2)));

/** Mean of the lognormal that has this median and p90. */
export function lognormalMean(median: number, p90OverMedian: number): number {
  return median * Math.exp(logDeviation(p90OverMedian) ** 2 / 2);
}

const decoded = new Map<string, QuantileSketch>();

/** The sketch of a text that the schema let pass; decoded once. Throws: a bug only. */
function readSketch(text: string): QuantileSketch {
  const known = decoded.get(text);
  if (known !== undefined) return known;
  const read = decodeSketch(text);
  if (!read.ok) throw new RangeError(`the sketch ${read.error.problem}`);
  if (decoded.size > 64) decoded.clear();
  decoded.set(text, read.value);
  return read.value;
}

/** Variance over the squared mean. */
export function relativeVariance(spread: LengthSpread | undefined): number {
  if (spread === undefined) return 0;
  if (spread.kind === "lognormal") return Math.exp(logDeviation(spread.p90OverMedian) ** 2) - 1;
  const sketch = readSketch(spread.sketch);
  return Math.max(0, sketchSquare(sketch) / sketchMean(sketch) ** 2 - 1);
}

/**
 * The distribution with the plan's mean.
 *
 * `max`: longer draws are cut to it; only of the lognormal, whose tail has no end.
 */
export function distributionOf(
  spread: LengthSpread | undefined,
  mean: number,
  max?: number,
): ValueDistribution {
  if (spread === undefined) return { kind: "fixed", value: mean };
  if (spread.kind === "lognormal") {
    const coefficientOfVariation = Math.sqrt(relativeVariance(spread));
    if (coefficientOfVariation < 1e-9) return { kind: "fixed", value: mean };
    return { kind: "lognormal", mean, coefficientOfVariation, ...(max === undefined ? {} : { max }) };
  }
  const sketch = readSketch(spread.sketch);
  const scale = mean / sketchMean(sketch);
  return { kind: "sketch", sketch: { version: 1, values: sketch.values.map((value) => value * scale) } };
}

/** Whether requests of this plan differ: then averages hide something and the simulation tells it. */
export function hasDistribution({ lengths, arrivals }: WorkloadPlan): boolean {
  return lengths?.input !== undefined || lengths?.output !== undefined || arrivals !== undefined;
}

/** Second moments, each over the product of its means: 1 where all requests are alike. */
export interface LengthMoments {
  /** E[I²] / E[I]² */
  readonly inputSquare: number;
  /** E[O²] / E[O]² */
  readonly outputSquare: number;
  /** E[I O] / (E[I] E[O]) */
  readonly product: number;
}

const ALIKE: LengthMoments = { inputSquare: 1, outputSquare: 1, product: 1 };

/**
 * Second moments of a workload's lengths.
 *
 *   E[I O] = E[I] E[O] exp(r s_I s_O),  s² = ln(1 + variance / mean²),  r = 2 sin(pi rank correlation / 6)
 *
 * Exact for lognormals whose ranks a Gaussian copula joins; for sketches s is that of the lognormal
 * with their variance.
 */
export function lengthMoments({ lengths }: WorkloadPlan): LengthMoments {
  if (lengths?.input === undefined && lengths?.output === undefined) return ALIKE;
  const inputSquare = 1 + relativeVariance(lengths.input);
  const outputSquare = 1 + relativeVariance(lengths.output);
  const r = normalCorrelation(lengths.rankCorrelation ?? 0);
  const product = Math.exp(r * Math.sqrt(Math.log(inputSquare) * Math.log(outputSquare)));
  return { inputSquare, outputSquare, product };
}

/** Correlation of the two normals of a Gaussian copula whose ranks correlate by `rank` (Pearson 1907). */
export const normalCorrelation = (rank: number): number => 2 * Math.sin((Math.PI * rank) / 6);

/**
 * Mean tokens that a decoding request holds, prompt and what it has written so far.
 *
 *   E[O (I + O / 2)] / E[O]: a request is met in proportion to the steps it stays. All alike: I + O / 2
 */
export function contextWhileDecoding(workload: WorkloadPlan): number {
  const { outputSquare, product } = lengthMoments(workload);
  return workload.inputTokens * product + (workload.outputTokens * outputSquare) / 2;
}

/** Mean tokens, answer complete, of the requests in flight: E[O (I + O)] / E[O]. All alike: I + O. */
export function tokensOfRequestInFlight(workload: WorkloadPlan): number {
  const { outputSquare, product } = lengthMoments(workload);
  return workload.inputTokens * product + workload.outputTokens * outputSquare;
}
