/** Ranks and steps with round numbers, for tests of figures. */
import type { Estimate, MemoryEstimate, RankMemory } from "../core/domain/estimate.ts";
import type { LayoutPlan } from "../core/domain/plan.ts";
import type { Ranged } from "../core/domain/provenance.ts";
import type { OperatorTime, StepTime } from "../core/domain/step.ts";
import { GIB } from "../core/units/quantity.ts";

export function rankOf(name: string, part: Partial<Record<keyof RankMemory, number>> = {}): RankMemory {
  const gib = {
    weights: 80,
    kvCache: 40,
    kvCacheNeeded: 10,
    activations: 4,
    runtime: 6,
    capacity: 140,
    ...part,
  };
  const bytes = (n: number) => n * GIB;
  return {
    name,
    kind: name === "Host" ? "host" : "accelerator",
    weights: bytes(gib.weights),
    weightsByGroup: { routedExperts: bytes(gib.weights * 0.9), other: bytes(gib.weights * 0.1) },
    kvCache: bytes(gib.kvCache),
    kvCacheNeeded: bytes(gib.kvCacheNeeded),
    activations: bytes(gib.activations),
    runtime: bytes(gib.runtime),
    total: bytes(gib.weights + gib.kvCache + gib.activations + gib.runtime),
    capacity: bytes(gib.capacity),
    ...(part.spare === undefined ? {} : { spare: bytes(part.spare) }),
  };
}

export const ranksOf = (count: number, part: Partial<Record<keyof RankMemory, number>> = {}): RankMemory[] =>
  Array.from({ length: count }, (_, i) => rankOf(`GPU ${i}`, part));

export function memoryOf(ranks: readonly RankMemory[]): MemoryEstimate {
  return {
    ranks,
    kvCacheTokens: 640_000,
    kvCacheTokensNeeded: 128_000,
    kvBytesPerToken: 70_272,
    concurrencyLimit: 312,
    weightsBytes: 0,
    basis: "calibrated",
  };
}

export function layoutOf(part: Partial<LayoutPlan> = {}): LayoutPlan {
  return {
    tp: 8,
    pp: 1,
    dpAttention: 1,
    ep: 1,
    dcp: 1,
    replicas: 1,
    experts: "gpu",
    disaggregated: null,
    ...part,
  };
}

export function operatorOf(part: Partial<OperatorTime>): OperatorTime {
  return {
    id: "routed-experts",
    name: "Routed experts",
    hue: "experts",
    ms: 10,
    bound: "bandwidth",
    basis: "measured",
    ...part,
  };
}

export function stepOf(operators: readonly OperatorTime[]): StepTime {
  const totalMs = operators.reduce((sum, { ms }) => sum + ms, 0);
  return { kind: "decode", batch: 64, contextTokens: 1536, totalMs, operators, basis: "measured" };
}

export const rangeOf = (value: number, low = value * 0.9, high = value * 1.1): Ranged => ({
  value,
  low,
  high,
  basis: "calibrated",
});

/** A plan that fits, runs at 30 tok/s a user and costs $5 a million output tokens. */
export function estimateOf(part: Partial<Estimate> = {}): Estimate {
  const step = stepOf([operatorOf({}), operatorOf({ id: "lm-head", name: "Head", hue: "dense", ms: 5 })]);
  return {
    fits: true,
    infeasible: [],
    memory: memoryOf(ranksOf(8)),
    performance: {
      ttftMs: rangeOf(400),
      tpotMs: rangeOf(33),
      outputTokensPerSecond: rangeOf(2000),
      inputTokensPerSecond: rangeOf(2000),
      requestLatencyMs: rangeOf(30_000),
      outputTokensPerSecondPerUser: rangeOf(30),
      outputTokensPerSecondPerAccelerator: rangeOf(250),
      decodeBatch: 64,
      steps: { decode: step, prefill: { ...step, kind: "prefill" } },
      limitedBy: {
        resource: "Reading expert weights",
        share: 0.6,
        reason: "64 users touch 222 of 256 experts",
      },
    },
    cost: {
      usdPerHour: 36.72,
      usdPerMillionOutputTokens: 5,
      usdPerMillionInputTokens: 0.3,
      ranges: {
        usdPerHour: rangeOf(36.72),
        usdPerMillionOutputTokens: rangeOf(5),
        usdPerMillionInputTokens: rangeOf(0.3),
      },
      lines: [],
      offer: "median of 15 providers, on-demand, 2026-11-09",
    },
    notes: [],
    ...part,
  };
}
