import { expect, test } from "vitest";
import type { ServingCosts } from "./operating-point.ts";
import { prefillPool } from "./prefill-pool.ts";

const costs = (passMs: (n: number) => number, most: number): ServingCosts => ({
  stepMs: () => 10,
  tokensPerStep: 1,
  passMs,
  promptsPerPass: most,
  attentionRanks: 1,
  prefillAloneMs: passMs(1),
  prefillMachineMs: passMs(most) / most,
  requestMs: 0,
  waitSteps: 0,
  gathers: false,
  delaySteps: 0,
  slots: 1000,
});

test("one instance that takes one prompt a pass is M/D/1: u S / (2 (1 - u))", () => {
  const { passMs, waitMs, busy } = prefillPool(
    costs(() => 100, 1),
    1,
    0.006,
  );
  expect(passMs).toBe(100);
  expect(busy).toBeCloseTo(0.6, 9);
  expect(waitMs).toBeCloseTo((0.6 * 100) / (2 * 0.4), 9);
});

test("several instances make waiting rarer than one that is as many times as fast", () => {
  const four = prefillPool(
    costs(() => 100, 1),
    4,
    0.024,
  );
  expect(four.busy).toBeLessThan(0.6);
  expect(four.waitMs).toBeLessThan((0.6 * 25) / (2 * 0.4));
});

test("where passes take many prompts they fill as the load grows, and nobody waits longer than for one", () => {
  const at = (rate: number) =>
    prefillPool(
      costs(() => 100, 64),
      1,
      rate,
    );
  expect(at(0.001).prompts).toBeCloseTo(1, 1);
  // 20 prompts come during a pass and share the next one
  expect(at(0.2).prompts).toBeCloseTo(20, 0);
  expect(at(0.2).waitMs).toBeLessThan(100);
});
