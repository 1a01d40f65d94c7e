import { describe, expect, it } from "vitest";
import { EXAMPLE_PLAN } from "../../../core/domain/parse-plan.ts";
import type { PlanSimulation, ReplicaSizing } from "../../../core/domain/plan-simulation.ts";
import { fail, ok } from "../../../core/domain/result.ts";
import { SimulationState } from "./simulation-state.svelte.ts";

const SIMULATION = { notes: [] } as unknown as PlanSimulation;
const SIZING = { replicas: 2 } as unknown as ReplicaSizing;
const TARGET = { latency: "ttftMs", statistic: "p99", limitMs: 500 } as const;

type Client = ConstructorParameters<typeof SimulationState>[0] & object;
const clientOf = (simulate: Client["simulate"]): Client => ({
  simulate,
  sizeReplicas: () => Promise.resolve(ok(ok(SIZING))),
  cancel: () => undefined,
});
const answers = () => Promise.resolve(ok(ok(SIMULATION)));

describe("SimulationState", () => {
  it("says of which plan a refusal or a failure is, and keeps no older result beside it", async () => {
    const refusal = fail({ path: "workload", problem: "no load to play" });
    for (const [answer, problem] of [
      [ok(refusal), "no load to play"],
      [fail({ message: "the worker died" }), "the worker died"],
    ] as const) {
      let calls = 0;
      const state = new SimulationState(
        clientOf(() => (calls++ === 0 ? answers() : Promise.resolve(answer))),
      );
      await state.simulate(EXAMPLE_PLAN, { seed: 1 });
      expect(state.result).toBe(SIMULATION);
      const next = { ...EXAMPLE_PLAN };
      await state.simulate(next, { seed: 1 });
      expect(state.problem).toBe(problem);
      expect(state.plan).toBe(next);
      expect(state.running).toBeNull();
      expect(state.result).toBeNull();
    }
  });

  it("gives the replicas only beside a simulation of the same plan and seed", async () => {
    const state = new SimulationState(clientOf(answers));
    await state.simulate(EXAMPLE_PLAN, { seed: 1 });
    await state.size(EXAMPLE_PLAN, { seed: 1, target: TARGET, maxReplicas: 4 });
    expect(state.sizingOfResult).toBe(SIZING);
    await state.simulate(EXAMPLE_PLAN, { seed: 2 });
    expect(state.sizingOfResult).toBeNull();
    await state.simulate({ ...EXAMPLE_PLAN }, { seed: 1 });
    expect(state.sizingOfResult).toBeNull();
    expect(state.sizing).toBe(SIZING);
  });
});
