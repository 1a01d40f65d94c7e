import { expect, test } from "vitest";
import type { InstanceSetup } from "../domain/simulation.ts";
import { Looks } from "./looks.ts";
import { Rank } from "./rank.ts";
import type { Request } from "./requests.ts";
import { INSTANCE } from "./testing/setups.ts";

const setup = (over: Partial<InstanceSetup>): InstanceSetup => ({
  ...INSTANCE,
  schedulerInterval: 10,
  ...over,
});
const decoding = (): Rank => {
  const rank = new Rank(INSTANCE, 1);
  rank.running = [{} as Request];
  return rank;
};
const withPrompt = (rank: Rank, prompt: number): Rank => {
  rank.line.join({ prompt } as Request);
  return rank;
};

test("every so many steps, whatever passes were made, and at once where nobody decodes", () => {
  const looks = new Looks(setup({}), 8192);
  const ranks = [decoding()];
  looks.passed(5);
  expect([5, 9, 10, 20].map((step) => looks.due(step, ranks))).toEqual([false, false, true, true]);
  expect(looks.due(7, [new Rank(INSTANCE, 1)])).toBe(true);
  looks.looked(true);
  expect(looks.due(11, ranks)).toBe(true);
});

test("gathering counts from the last pass, and goes on with nothing before", () => {
  const looks = new Looks(setup({ gathersPrompts: true }), 8192);
  const ranks = [decoding(), decoding()];
  looks.looked(true);
  looks.passed(5);
  expect([5, 10, 14, 15].map((step) => looks.due(step, ranks))).toEqual([false, false, false, true]);
  expect(looks.stepsLeft(5)).toBe(10);
  expect(looks.due(6, [decoding(), new Rank(INSTANCE, 1)])).toBe(true);
});

test("gathering ends when each rank has a prompt, or one alone what its budget takes", () => {
  const looks = new Looks(setup({ gathersPrompts: true }), 1000);
  expect(looks.gathered([withPrompt(decoding(), 1), decoding()])).toBe(false);
  expect(looks.gathered([withPrompt(decoding(), 1), withPrompt(decoding(), 1)])).toBe(true);
  expect(looks.gathered([withPrompt(decoding(), 600)])).toBe(false);
  expect(looks.gathered([withPrompt(withPrompt(decoding(), 600), 600)])).toBe(true);
});
