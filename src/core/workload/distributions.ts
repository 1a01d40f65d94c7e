/** Draws from the distributions of a workload. */
import type { Problem } from "../domain/problem.ts";
import type { RequestLengths, ValueDistribution } from "../domain/simulation.ts";
import type { Random } from "./random.ts";
import { checkSketch, sketchMean, sketchQuantile } from "./quantile-sketch.ts";

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
  const { inputTokens, outputTokens } = lengths;
  return (random, into) => {
    const at = random.uniform();
    const slice = outputTokens[Math.min(outputTokens.length - 1, Math.floor(at * outputTokens.length))];
    into.inputTokens = wholeTokens(sketchQuantile(inputTokens, at));
    into.outputTokens = wholeTokens(slice === undefined ? 1 : sketchQuantile(slice, random.uniform()));
  };
}

export function checkLengths(lengths: RequestLengths, path: string): Problem | null {
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
