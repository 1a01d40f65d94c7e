/** Ranks and steps with round numbers, for tests of figures. */
import type { MemoryEstimate, RankMemory } from "../core/domain/estimate.ts";
import type { LayoutPlan } from "../core/domain/plan.ts";
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
