/** Draws from the distributions of a workload. */
import type { Problem } from "../domain/problem.ts";
import type { RequestLengths, ValueDistribution } from "../domain/simulation.ts";
import { normalCorrelation } from "../domain/length-spread.ts";
import type { Random } from "./random.ts";
import { checkSketch, sketchMean, sketchQuantile } from "../domain/quantile-sketch.ts";

/** Longer requests than any deployment of the model takes; guards loops over tokens. */
export const MAX_TOKENS = 1e7;

export type Sampler = (random: Random) => number;

/** A sampler of a distribution that `checkDistribution` passed. */
export function samplerOf(distribution: ValueDistribution): Sampler {
  switch (distribution.kind) {
    case "fixed":
      return () => distribution.value;
    case "uniform": {
      const { low, high } = distribution;
      return (random) => low + (high - low) * random.uniform();
    }
    case "lognormal": {
      const variance = Math.log(1 + distribution.coefficientOfVariation ** 2);
      const middle = Math.log(distribution.mean) - variance / 2;
      const deviation = Math.sqrt(variance);
      const max = distribution.max ?? Number.POSITIVE_INFINITY;
      return (random) => Math.min(max, Math.exp(middle + deviation * random.normal()));
    }
    case "gamma": {
      const shape = distribution.coefficientOfVariation ** -2;
      const scale = distribution.mean / shape;
      const max = distribution.max ?? Number.POSITIVE_INFINITY;
      return (random) => Math.min(max, scale * random.gamma(shape));
    }
    case "sketch":
      return (random) => sketchQuantile(distribution.sketch, random.uniform());
  }
}

/** The mean before `max` cuts it. */
export function meanOf(distribution: ValueDistribution): number {
  switch (distribution.kind) {
    case "fixed":
      return distribution.value;
    case "uniform":
      return (distribution.low + distribution.high) / 2;
    case "sketch":
      return sketchMean(distribution.sketch);
    default:
      return distribution.mean;
  }
}

export function checkDistribution(distribution: ValueDistribution, path: string): Problem | null {
  const positive = (name: string, value: number): Problem | null =>
    Number.isFinite(value) && value > 0
      ? null
      : { path: `${path}.${name}`, problem: `${String(value)} is not a positive number` };
  switch (distribution.kind) {
    case "fixed":
      return positive("value", distribution.value);
    case "uniform":
      return (
        positive("low", distribution.low) ??
        positive("high", distribution.high) ??
        (distribution.high >= distribution.low
          ? null
          : { path: `${path}.high`, problem: "is below the low end" })
      );
    case "lognormal":
    case "gamma":
      return (
        positive("mean", distribution.mean) ??
        positive("coefficientOfVariation", distribution.coefficientOfVariation) ??
        (distribution.coefficientOfVariation <= 20
          ? null
          : { path: `${path}.coefficientOfVariation`, problem: "is above 20" }) ??
        (distribution.max === undefined ? null : positive("max", distribution.max))
      );
    case "sketch":
      return checkSketch(distribution.sketch, `${path}.sketch`);
    default:
      return { path: `${path}.kind`, problem: `no distribution of that kind` };
  }
}

export interface Lengths {
  inputTokens: number;
  outputTokens: number;
}

/** Whole tokens of one request, at least one each way. Fills `into`, so that nothing is allocated. */
export function lengthSampler(lengths: RequestLengths): (random: Random, into: Lengths) => void {
  if (lengths.kind === "independent") {
    const input = samplerOf(lengths.inputTokens);
    const output = samplerOf(lengths.outputTokens);
    return (random, into) => {
      into.inputTokens = wholeTokens(input(random));
      into.outputTokens = wholeTokens(output(random));
    };
  }
  if (lengths.kind === "correlated") return correlatedSampler(lengths);
  const { inputTokens, outputTokens } = lengths;
  return (random, into) => {
    const at = random.uniform();
    const slice = outputTokens[Math.min(outputTokens.length - 1, Math.floor(at * outputTokens.length))];
    into.inputTokens = wholeTokens(sketchQuantile(inputTokens, at));
    into.outputTokens = wholeTokens(slice === undefined ? 1 : sketchQuantile(slice, random.uniform()));
  };
}

/** Two normals with the copula's correlation, each turned into its distribution's value at that quantile. */
function correlatedSampler({
  inputTokens,
  outputTokens,
  rankCorrelation,
}: Extract<RequestLengths, { kind: "correlated" }>): (random: Random, into: Lengths) => void {
  const input = valueAtNormal(inputTokens);
  const output = valueAtNormal(outputTokens);
  const r = normalCorrelation(rankCorrelation);
  const rest = Math.sqrt(Math.max(0, 1 - r * r));
  return (random, into) => {
    const z = random.normal();
    into.inputTokens = wholeTokens(input(z));
    into.outputTokens = wholeTokens(output(r * z + rest * random.normal()));
  };
}

function valueAtNormal(distribution: ValueDistribution): (z: number) => number {
  switch (distribution.kind) {
    case "fixed":
      return () => distribution.value;
    case "uniform": {
      const { low, high } = distribution;
      return (z) => low + (high - low) * normalShare(z);
    }
    case "lognormal": {
      const variance = Math.log(1 + distribution.coefficientOfVariation ** 2);
      const middle = Math.log(distribution.mean) - variance / 2;
      const max = distribution.max ?? Number.POSITIVE_INFINITY;
      return (z) => Math.min(max, Math.exp(middle + Math.sqrt(variance) * z));
    }
    case "sketch":
      return (z) => sketchQuantile(distribution.sketch, normalShare(z));
    case "gamma":
      throw new RangeError("a gamma distribution has no quantile function here");
  }
}

/** The standard normal's share below z, within 7.5e-8 (Abramowitz and Stegun 26.2.17). */
function normalShare(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const above = (series * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI);
  return z >= 0 ? 1 - above : above;
}

export function checkLengths(lengths: RequestLengths, path: string): Problem | null {
  if (lengths.kind === "correlated") {
    const { inputTokens, outputTokens, rankCorrelation } = lengths;
    if (inputTokens.kind === "gamma" || outputTokens.kind === "gamma") {
      return { path, problem: "gamma lengths cannot be correlated" };
    }
    if (!(Math.abs(rankCorrelation) <= 1)) {
      return { path: `${path}.rankCorrelation`, problem: `${rankCorrelation} is not between -1 and 1` };
    }
    return (
      checkDistribution(inputTokens, `${path}.inputTokens`) ??
      checkDistribution(outputTokens, `${path}.outputTokens`)
    );
  }
  if (lengths.kind === "independent") {
    return (
      checkDistribution(lengths.inputTokens, `${path}.inputTokens`) ??
      checkDistribution(lengths.outputTokens, `${path}.outputTokens`)
    );
  }
  const input = checkSketch(lengths.inputTokens, `${path}.inputTokens`);
  if (input !== null) return input;
  if (lengths.outputTokens.length === 0) return { path: `${path}.outputTokens`, problem: "has no slice" };
  for (let i = 0; i < lengths.outputTokens.length; i++) {
    const slice = lengths.outputTokens[i];
    const wrong = slice === undefined ? null : checkSketch(slice, `${path}.outputTokens[${i}]`);
    if (wrong !== null) return wrong;
  }
  return null;
}

function wholeTokens(value: number): number {
  return Math.min(MAX_TOKENS, Math.max(1, Math.round(value)));
}
