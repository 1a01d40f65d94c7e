import { expect, test } from "vitest";
import { settleDisaggregated } from "./disaggregated.ts";
import type { ServingCosts } from "./operating-point.ts";

const costs: ServingCosts = {
  stepMs: (b) => 10 + 0.1 * b,
  tokensPerStep: 1,
  passMs: () => 200,
  promptsPerPass: 1,
  attentionRanks: 1,
  prefillAloneMs: 200,
  prefillMachineMs: 200,
  requestMs: 100,
  waitSteps: 0.5,
  gathers: false,
  delaySteps: 0,
  slots: 1000,
};

test("light load: a request meets its own prefill and an undisturbed decode pool", () => {
  const p = settleDisaggregated(
    costs,
    { prefillInstances: 2, decodeInstances: 1 },
    { clients: 4, outputTokens: 500 },
  );
  expect(p.saturated).toBe("no");
  expect(p.tpotMs).toBeCloseTo(10 + 0.1 * p.decodeBatch, 9);
  expect(p.rate * (p.ttftMs + 500 * p.tpotMs)).toBeCloseTo(4, 3);
});

test("the prefill pool sets the rate when it is too small, and clients queue before it", () => {
  const p = settleDisaggregated(
    costs,
    { prefillInstances: 1, decodeInstances: 4 },
    { clients: 400, outputTokens: 100 },
  );
  expect(p.saturated).toBe("prefill");
  expect(p.rate).toBeCloseTo(0.98 / 200, 6);
  expect(p.rate * (p.ttftMs + 100 * p.tpotMs)).toBeCloseTo(400, 2);
});

test("a second prefill instance doubles a prefill-bound rate", () => {
  const one = settleDisaggregated(
    costs,
    { prefillInstances: 1, decodeInstances: 4 },
    { clients: 400, outputTokens: 100 },
  );
  const two = settleDisaggregated(
    costs,
    { prefillInstances: 2, decodeInstances: 4 },
    { clients: 400, outputTokens: 100 },
  );
  expect(two.rate / one.rate).toBeCloseTo(2, 3);
});

test("arrivals beyond the pools are saturation", () => {
  const p = settleDisaggregated(
    costs,
    { prefillInstances: 1, decodeInstances: 1 },
    { rate: 0.02, outputTokens: 100 },
  );
  expect(p.saturated).toBe("rate");
});
