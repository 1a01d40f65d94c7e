import { simulationClient } from "../../../bridge/simulation-client.ts";
import type { Plan } from "../../../core/domain/plan.ts";
import type {
  PlanSimulation,
  ReplicaAsk,
  ReplicaSizing,
  SimulationAsk,
  SimulationShare,
} from "../../../core/domain/plan-simulation.ts";

/** One simulation, or one search for replicas, and how far it is. Newest wins over both. */
export class SimulationState {
  result = $state.raw<PlanSimulation | null>(null);
  plan = $state.raw<Plan | null>(null);
  ask = $state.raw<SimulationAsk | null>(null);
  sizing = $state.raw<ReplicaSizing | null>(null);
  sizedPlan = $state.raw<Plan | null>(null);
  share = $state.raw<SimulationShare | null>(null);
  running = $state<"simulation" | "replicas" | null>(null);
  problem = $state<string | null>(null);
  stopped = $state(false);

  async simulate(plan: Plan, ask: SimulationAsk): Promise<void> {
    this.#begin("simulation");
    const answer = await simulationClient().simulate(plan, ask, (share) => (this.share = share));
    if (answer === undefined) return;
    this.running = null;
    if (!answer.ok) this.problem = answer.error.message;
    else if (!answer.value.ok) this.#refuse(answer.value.error.problem);
    else {
      this.result = answer.value.value;
      this.plan = plan;
      this.ask = ask;
    }
  }

  async size(plan: Plan, ask: ReplicaAsk): Promise<void> {
    this.#begin("replicas");
    const answer = await simulationClient().sizeReplicas(plan, ask, (share) => (this.share = share));
    if (answer === undefined) return;
    this.running = null;
    if (!answer.ok) this.problem = answer.error.message;
    else if (!answer.value.ok) this.problem = answer.value.error.problem;
    else {
      this.sizing = answer.value.value;
      this.sizedPlan = plan;
    }
  }

  cancel(): void {
    simulationClient().cancel();
    this.running = null;
    this.stopped = true;
  }

  #begin(what: "simulation" | "replicas"): void {
    this.running = what;
    this.share = null;
    this.problem = null;
    this.stopped = false;
  }

  #refuse(problem: string): void {
    this.result = null;
    this.problem = problem;
  }
}

let shared: SimulationState | undefined;

export const simulationState = (): SimulationState => (shared ??= new SimulationState());
