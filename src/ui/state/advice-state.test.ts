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
