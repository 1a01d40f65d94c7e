import { simulationClient, type SimulationClient } from "../../../bridge/simulation-client.ts";
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
  readonly #client: Pick<SimulationClient, "simulate" | "sizeReplicas" | "cancel">;
  result = $state.raw<PlanSimulation | null>(null);
  /** What the last answer is of, a refusal too. */
  plan = $state.raw<Plan | null>(null);
  ask = $state.raw<SimulationAsk | null>(null);
  sizing = $state.raw<ReplicaSizing | null>(null);
  sizedPlan = $state.raw<Plan | null>(null);
  #sizedAsk: ReplicaAsk | null = null;
  share = $state.raw<SimulationShare | null>(null);
  running = $state<"simulation" | "replicas" | null>(null);
  problem = $state<string | null>(null);
  stopped = $state(false);

  constructor(client: Pick<SimulationClient, "simulate" | "sizeReplicas" | "cancel"> = simulationClient()) {
    this.#client = client;
  }

  /** The replicas found for what `result` played; one found for another plan, file or seed is not of it. */
  get sizingOfResult(): ReplicaSizing | null {
    const [ask, sized] = [this.ask, this.#sizedAsk];
    if (ask === null || sized === null || this.sizedPlan !== this.plan) return null;
    return sized.seed === ask.seed && sized.trace === ask.trace && sized.part === ask.part
      ? this.sizing
      : null;
  }

  async simulate(plan: Plan, ask: SimulationAsk): Promise<void> {
    this.#begin("simulation");
    const answer = await this.#client.simulate(plan, ask, (share) => (this.share = share));
    if (answer === undefined) return;
    this.running = null;
    this.plan = plan;
    this.ask = ask;
    this.result = null;
    if (!answer.ok) this.problem = answer.error.message;
    else if (!answer.value.ok) this.problem = answer.value.error.problem;
    else this.result = answer.value.value;
  }

  async size(plan: Plan, ask: ReplicaAsk): Promise<void> {
    this.#begin("replicas");
    const answer = await this.#client.sizeReplicas(plan, ask, (share) => (this.share = share));
    if (answer === undefined) return;
    this.running = null;
    if (!answer.ok) this.problem = answer.error.message;
    else if (!answer.value.ok) this.problem = answer.value.error.problem;
    else {
      this.sizing = answer.value.value;
      this.sizedPlan = plan;
      this.#sizedAsk = ask;
    }
  }

  cancel(): void {
    this.#client.cancel();
    this.running = null;
    this.stopped = true;
  }

  #begin(what: "simulation" | "replicas"): void {
    this.running = what;
    this.share = null;
    this.problem = null;
    this.stopped = false;
  }
}

let shared: SimulationState | undefined;

export const simulationState = (): SimulationState => (shared ??= new SimulationState());
