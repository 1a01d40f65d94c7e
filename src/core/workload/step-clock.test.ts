import { describe, expect, it } from "vitest";
import { emptyPromptLoad, StepClock } from "./step-clock.ts";
import { PLAIN_MODEL, stepModelOf } from "./testing/setups.ts";

const clock = new StepClock(PLAIN_MODEL, 1);

describe("decode runs", () => {
  it("last as long as their steps one by one, within a thousandth", () => {
    for (const [batch, context, steps] of [
      [1, 100, 64],
      [64, 1500, 300],
      [256, 40_000, 5000],
    ] as const) {
      let sum = 0;
      for (let i = 0; i < steps; i++) sum += PLAIN_MODEL.decodeMs(batch, context + i);
      expect(Math.abs(clock.decodeRunMs(steps, batch, context, 1) / sum - 1)).toBeLessThan(1e-3);
    }
  });

  it("end at the first step that reaches a time", () => {
    const steps = clock.decodeStepsUntil(1000, 500, 64, 1500, 1);
    expect(clock.decodeRunMs(steps, 64, 1500, 1)).toBeGreaterThanOrEqual(1000);
    expect(clock.decodeRunMs(steps - 1, 64, 1500, 1)).toBeLessThan(1000);
    expect(clock.decodeStepsUntil(0, 500, 64, 1500, 1)).toBe(1);
    expect(clock.decodeStepsUntil(1e9, 500, 64, 1500, 1)).toBe(500);
  });
});

describe("passes over prompts", () => {
  const load = (lengths: readonly number[], cached = 0) => ({
    ...emptyPromptLoad(),
    requests: lengths.length,
    tokens: lengths.reduce((a, b) => a + b, 0),
    squares: lengths.reduce((a, b) => a + b * b, 0),
    cachedProducts: lengths.reduce((a, b) => a + b * cached, 0),
    largestTokens: lengths.reduce((a, b) => a + b, 0),
    largestRequests: lengths.length,
  });

  it("of equal prompts are what the model says, of unequal ones keep tokens and squares", () => {
    expect(clock.prefillMs(load([1000, 1000, 1000], 500))).toBeCloseTo(
      PLAIN_MODEL.prefillMs(3, 1000, 500),
      9,
    );
    const sum = 0.03 * 5000 + 0.5e-6 * (4000 ** 2 + 1000 ** 2) + 2;
    expect(clock.prefillMs(load([4000, 1000]))).toBeCloseTo(sum, 9);
  });

  it("with attention ranks take the fullest rank's tokens for length and all tokens for work", () => {
    const asked: number[][] = [];
    const spy = stepModelOf(
      () => 1,
      (...args) => (asked.push(args), 1),
    );
    const ranks = new StepClock(spy, 8);
    ranks.prefillMs({ ...load([1000, 500]), largestTokens: 1000, largestRequests: 1 });
    ranks.prefillMs({ ...load([1000, 1000, 1000]), largestTokens: 2000, largestRequests: 2 });
    expect(asked).toEqual([
      [1.5, 1000, 0],
      [16, 1000, 0],
    ]);
  });

  it("with decoding on board take at least either and at most both", () => {
    for (const tokens of [1, 50, 2000]) {
      const prefill = clock.prefillMs(load([tokens]));
      const decode = clock.decodeMs(64, 1500);
      const mixed = clock.mixedMs(load([tokens]), 64, 1500, 64, true);
      expect(mixed).toBeGreaterThanOrEqual(Math.max(prefill, decode));
      expect(mixed).toBeLessThanOrEqual(prefill + decode);
      expect(clock.mixedMs(load([tokens]), 64, 1500, 64, false)).toBeLessThanOrEqual(mixed);
    }
  });
});
