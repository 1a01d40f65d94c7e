import { expect, it } from "vitest";
import type { AdviceClient } from "../../bridge/advice-client.ts";
import { EXAMPLE_PLAN } from "../../core/domain/parse-plan.ts";
import { fail, ok } from "../../core/domain/result.ts";
import { AdviceState } from "./advice-state.svelte.ts";

it("says why figures are missing when the worker is gone, and takes it back when it answers again", async () => {
  let alive = false;
  const answer = () => Promise.resolve(alive ? ok(null) : fail({ message: "out of memory" }));
  const client = {
    frontier: answer,
    levers: answer,
    roofline: answer,
    capacity: answer,
    sensitivity: answer,
  };
  const advice = new AdviceState(client as unknown as AdviceClient);
  const settled = (plan: object) => expect.poll(() => advice.sensitivity?.plan).toBe(plan);

  advice.lookDeeper();
  advice.lookAround(EXAMPLE_PLAN);
  await settled(EXAMPLE_PLAN);
  expect(advice.deeperFailure).toContain("out of memory");
  expect(advice.failure).not.toBeNull();

  alive = true;
  const next = { ...EXAMPLE_PLAN };
  advice.lookAround(next);
  await settled(next);
  expect(advice.deeperFailure).toBeNull();
  expect(advice.failure).toBeNull();
});

it("works out the capacity of the nearest plan that fits too, and forgets it when there is none", async () => {
  const asked: object[] = [];
  const answer = () => Promise.resolve(ok(null));
  const client = {
    frontier: answer,
    levers: answer,
    roofline: answer,
    capacity: (plan: object) => (asked.push(plan), answer()),
    sensitivity: answer,
  };
  const advice = new AdviceState(client as unknown as AdviceClient);
  const near = { ...EXAMPLE_PLAN };
  advice.lookDeeper();
  advice.lookAround(EXAMPLE_PLAN, false);
  await expect.poll(() => advice.sensitivity?.plan).toBe(EXAMPLE_PLAN);
  advice.lookNear(near);
  await expect.poll(() => advice.nearCapacity?.plan).toBe(near);
  expect(asked).toEqual([EXAMPLE_PLAN, near]);
  advice.lookNear(null);
  expect(advice.nearCapacity).toBeNull();
});

it("leaves out an answer about a plan that is no longer on show", async () => {
  const held: (() => void)[] = [];
  const asked: object[] = [];
  const client = {
    frontier: (plan: object) => {
      asked.push(plan);
      return new Promise((resolve) => held.push(() => resolve(ok(null))));
    },
    levers: () => Promise.resolve(ok(null)),
  };
  const advice = new AdviceState(client as unknown as AdviceClient);
  const next = { ...EXAMPLE_PLAN };
  advice.lookAround(EXAMPLE_PLAN);
  await expect.poll(() => asked).toEqual([EXAMPLE_PLAN]);
  advice.lookAround(next);
  held[0]?.();
  await expect.poll(() => asked.length).toBe(2);
  expect(asked[1]).toBe(next);
  expect(advice.frontierPlan).toBeNull();
  held[1]?.();
  await expect.poll(() => advice.leversPlan).toBe(next);
  expect(advice.frontierPlan).toBe(next);
});
