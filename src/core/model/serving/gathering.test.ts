import { expect, test } from "vitest";
import { gatheringSteps } from "./gathering.ts";

const ranks = { interval: 60, ranks: 8, most: 64 };

test("with hardly any prompts the whole interval is waited for, with very many none of it", () => {
  expect(gatheringSteps(ranks, 64, 1e-9, 0)).toBeCloseTo(60, 6);
  expect(gatheringSteps(ranks, 64, 1e3, 10)).toBeCloseTo(1, 6);
});

test("until each of two ranks has a prompt, exponentials at half the rate each", () => {
  // the integral of 1 - (1 - exp(-t / 20))^2 up to 100
  const exact = 2 * 20 * (1 - Math.exp(-5)) - 10 * (1 - Math.exp(-10));
  const found = gatheringSteps({ interval: 100, ranks: 2, most: 2 }, 4, 0.1, 0);
  expect(Math.abs(found / exact - 1)).toBeLessThan(0.01);
});

test("one rank waits for what its budget takes, less what came during the last pass", () => {
  expect(gatheringSteps({ interval: 60, ranks: 1, most: 8 }, 16, 0.2, 10)).toBeCloseTo(30, 9);
  expect(gatheringSteps({ interval: 20, ranks: 1, most: 8 }, 16, 0.2, 10)).toBe(20);
});

test("nothing is waited for where a rank has nobody to decode", () => {
  expect(gatheringSteps(ranks, 8, 1e-9, 0)).toBe(1);
  expect(gatheringSteps(ranks, 12, 1e-9, 0)).toBeCloseTo(30.5, 6);
});
