import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { closedLoop, openLoop } from "./aggregated.ts";
import type { ServingCosts } from "./operating-point.ts";

const costs = (over: Partial<ServingCosts> = {}): ServingCosts => ({
  stepMs: () => 10,
  tokensPerStep: 1,
  passMs: () => 0,
  promptsPerPass: 1,
  attentionRanks: 1,
  prefillAloneMs: 0,
  prefillMachineMs: 0,
  requestMs: 0,
  waitSteps: 0.5,
  gathers: false,
  delaySteps: 0,
  slots: Number.POSITIVE_INFINITY,
  ...over,
});

/** A pass holds one prompt and takes `ms`. */
const onePrompt = (ms: number) => ({ passMs: () => ms, prefillAloneMs: ms, prefillMachineMs: ms });

describe("closed loop", () => {
  test("without prefill all clients decode but for half a step: rate = clients / (tokens x 10 ms + 5 ms)", () => {
    const p = closedLoop(costs(), 4, 100);
    expect(p.rate).toBeCloseTo(4 / 1005, 9);
    expect(p.decodeBatch).toBeCloseTo(4 * (1000 / 1005), 6);
    expect(p.tpotMs).toBe(10);
  });

  test("a single client is not interrupted by its own prompt", () => {
    const p = closedLoop(costs({ ...onePrompt(500), requestMs: 100, waitSteps: 20, delaySteps: 5 }), 1, 100);
    expect(p.tpotMs).toBe(10);
    expect(p.ttftMs).toBeCloseTo(600, 6);
    expect(p.rate).toBeCloseTo(1 / 1600, 9);
  });

  test("the prompts of the B - 1 others interrupt an answer, and all prompts and steps fill the machine", () => {
    const p = closedLoop(costs(onePrompt(100)), 4, 100);
    const x = (100 * (p.decodeBatch - 1)) / (100 * 10);
    expect(p.tpotMs).toBeCloseTo(10 * (1 + x), 9);
    expect(p.prefillShare).toBeCloseTo(x / (1 + x), 9);
    expect(p.rate * (100 + (100 * 10) / p.decodeBatch)).toBeCloseTo(1, 9);
    expect(p.rate * (p.ttftMs + 100 * p.tpotMs)).toBeCloseTo(4, 6);
  });

  test("clients beyond the slots wait, and their wait is in the time to first token", () => {
    const p = closedLoop(costs({ slots: 4 }), 10, 100);
    expect(p.saturated).toBe("slots");
    expect(p.rate).toBeCloseTo(4 / 1000, 9);
    expect(p.ttftMs).toBeCloseTo(6 / p.rate, 3);
  });

  test("a prompt in its pass holds a slot too: 4 slots x (100 steps + 4 passes)", () => {
    const p = closedLoop(costs({ ...onePrompt(100), slots: 4 }), 40, 100);
    expect(p.saturated).toBe("slots");
    expect(p.decodeBatch).toBeCloseTo(4, 6);
    expect(p.rate).toBeCloseTo(4 / 1400, 9);
    expect(p.rate * (p.ttftMs + 100 * p.tpotMs)).toBeCloseTo(40, 6);
  });

  test("of two users the second waits for steps as long as the first one decodes", () => {
    const p = closedLoop(costs({ ...onePrompt(1000), delaySteps: 8 }), 2, 100);
    expect(p.othersDecode).toBeCloseTo(p.decodeBatch - 1, 9);
    expect(closedLoop(costs({ delaySteps: 8 }), 3, 100).othersDecode).toBe(1);
  });

  test("prompts share passes as the load brings them together: 1 / h(rate x window)", () => {
    // free passes: the rate of the others over 100 tokens of 10 ms, a look every 20 steps
    const p = closedLoop(costs({ waitSteps: 10, promptsPerPass: 100 }), 5, 100);
    const others = (1 - 1 / p.decodeBatch) * p.rate * 20 * 10;
    expect(p.promptsPerPass).toBeCloseTo(others / (1 - Math.exp(-others)), 2);
  });

  test("drafts do not shorten the wait: the scheduler looks every so many steps", () => {
    const wait = (tokensPerStep: number) =>
      closedLoop(costs({ tokensPerStep, waitSteps: 10, ...onePrompt(1) }), 8, 1000).ttftMs;
    expect(wait(2)).toBeCloseTo(wait(1), 0);
  });

  test("Little's law: rate x time in system = clients", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 512 }),
        fc.integer({ min: 8, max: 4096 }),
        fc.double({ min: 1, max: 400, noNaN: true }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (clients, tokens, prefill, slope) => {
          const c = costs({
            stepMs: (b) => 5 + slope * b,
            ...onePrompt(prefill),
            requestMs: 90,
          });
          const p = closedLoop(c, clients, tokens);
          expect(p.rate * (p.ttftMs + tokens * p.tpotMs)).toBeCloseTo(clients, 2);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("open loop", () => {
  test("settles where arrivals and tokens balance: B = rate x O x TPOT", () => {
    const p = openLoop(costs({ stepMs: (b) => 10 + 0.1 * b, ...onePrompt(50) }), 0.005, 200);
    expect(p.saturated).toBe("no");
    expect(p.decodeBatch).toBeCloseTo(0.005 * 200 * p.tpotMs, 4);
    expect(p.prefillShare).toBeCloseTo(0.25, 9);
  });

  test("more arrivals than prefill can take is saturation, not a number", () => {
    expect(openLoop(costs(onePrompt(300)), 0.005, 200).saturated).toBe("rate");
    expect(openLoop(costs({ slots: 5 }), 0.01, 200).saturated).toBe("rate");
  });
});
