import { expect, it } from "vitest";
import type { DistillClient } from "../../../bridge/distill-client.ts";
import { distillOf } from "../../../core/domain/parse-distill-plan.ts";
import { EXAMPLE_PLAN } from "../../../core/domain/parse-plan.ts";
import { ok } from "../../../core/domain/result.ts";
import { DistillState } from "./distill-state.svelte.ts";

it("offers the teachers that were found only to a plan with the same model, job and price", async () => {
  const found = { tried: 3, found: [] };
  const client = { findTeachers: () => Promise.resolve(ok(found)) } as unknown as DistillClient;
  const state = new DistillState(client);
  const plan = distillOf(EXAMPLE_PLAN);
  expect(state.teachersOf(plan)).toBeNull();
  await state.findTeachers(plan);
  expect(state.teachersOf(plan)).toBe(found);
  const elsewhere = { ...plan, cluster: { ...plan.cluster, nodes: plan.cluster.nodes + 1 } };
  expect(state.teachersOf(elsewhere)).toBe(found);
  expect(state.teachersOf({ ...plan, model: "another-model" })).toBeNull();
  expect(state.teachersOf({ ...plan, job: { ...plan.job, samples: plan.job.samples * 2 } })).toBeNull();
  expect(state.teachersOf({ ...plan, price: { term: "spot" } })).toBeNull();
});
